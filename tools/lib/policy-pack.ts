import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import { buildSync } from "esbuild";

import { repoRoot, workDir } from "./paths";
import { writeWhole } from "./whole-file";

const source = path.join(repoRoot, "policies");
/** What the bundle is made by and holds, beside the modules: a change of any of them makes it anew. */
const makers = ["policies/package.json", "policies/PulumiPolicy.yaml", "package-lock.json", "tools/lib/policy-pack.ts"];

/**
 * The policy pack as one file, which its host loads in a part of the time that it takes for the sources; made again when one of them has changed.
 * Returns its folder, for `--policy-pack`.
 */
export function policyPack(): string {
  const folder = path.join(workDir, "policies");
  const list = path.join(folder, "sources.json");
  if (!isCurrent(list)) writeWhole(list, JSON.stringify(bundlePolicies(folder)));
  return folder;
}

/** Whether nothing that the bundle was made of is newer than it, or gone. */
function isCurrent(list: string): boolean {
  if (!existsSync(list)) return false;
  const { mtimeMs } = statSync(list);
  const sources = JSON.parse(readFileSync(list, "utf8")) as string[];
  return [...makers, ...sources].every(
    (file) => (statSync(path.join(repoRoot, file), { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < mtimeMs,
  );
}

/** Writes the pack to a folder, as one file beside its description; @pulumi/policy is the one of who runs it. Returns the sources, from the root. */
export function bundlePolicies(folder: string): string[] {
  const { outputFiles, metafile } = buildSync({
    ...{ entryPoints: [path.join(source, "index.ts")], bundle: true, write: false, metafile: true },
    ...{ platform: "node", target: "node20", format: "cjs", external: ["@pulumi/*"], absWorkingDir: repoRoot, logLevel: "error" },
  });
  const { name, version } = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8"));
  mkdirSync(folder, { recursive: true });
  writeWhole(path.join(folder, "index.js"), outputFiles[0]!.text);
  writeWhole(path.join(folder, "package.json"), `${JSON.stringify({ name, version, private: true, main: "index.js" }, null, 2)}\n`);
  writeWhole(path.join(folder, "PulumiPolicy.yaml"), readFileSync(path.join(source, "PulumiPolicy.yaml"), "utf8"));
  return Object.keys(metafile.inputs);
}
