import { readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { parse, stringify } from "yaml";
import { built } from "../../lab/built";
import { files, network } from "../../lab/layout";
import { parseEnvironment } from "../../stacks/environment";
import { type EnvironmentFile, readEnvironment } from "../../tools/lib/environment";
import { repoRoot } from "../../tools/lib/paths";
import type { Stack } from "../../tools/lib/stack";

/** Runs kubectl on the lab and returns what it prints. */
export const kubectl = (...args: string[]): Promise<string> => run(args);

/** Applies objects to the lab. */
export const apply = (...objects: object[]): Promise<string> =>
  run(["apply", "--filename=-"], objects.map((object) => JSON.stringify(object)).join("\n---\n"));

/** Has the API server judge an object as if it were applied: no field may be unknown to it. */
export const dryRun = (object: object): Promise<string> =>
  run(["apply", "--dry-run=server", "--validate=strict", "--filename=-"], JSON.stringify(object));

/** Sends an object to a path of the lab's API. */
export const post = (path: string, object: object): Promise<string> =>
  run(["create", `--raw=${path}`, "--filename=-"], JSON.stringify(object));

async function run(args: string[], input?: string): Promise<string> {
  const { kubernetes } = await built();
  const command = path.join(kubernetes, "kubectl");
  const { stdout } = await execa(command, ["--kubeconfig", files.kubeconfig, ...args], input === undefined ? {} : { input });
  return stdout;
}

export const digests = (): Record<string, string> => JSON.parse(readFileSync(files.images, "utf8"));

/** The settings that tests change; the whole shape is in stacks/config.ts. */
interface Settings {
  "slm:kubernetes": { kubeconfig?: string; context?: string; namespace: string };
  "slm:images": string;
  "slm:models": Record<string, Record<string, unknown>>;
}

/** The lab's environment with some settings changed: `change` edits them in place. */
export function labEnvironment(name: string, change: (settings: Settings) => void): EnvironmentFile {
  const lab = readEnvironment("lab");
  const contents = parse(lab.text);
  contents.config["slm:kubernetes"] = {
    ...contents.config["slm:kubernetes"],
    kubeconfig: path.relative(repoRoot, files.kubeconfig),
    namespace: name,
  };
  contents.config["slm:images"] = path.relative(repoRoot, files.images);
  contents.config["slm:clients"] = [{ cidr: `${network().host}/32` }];
  for (const model of Object.values<Record<string, unknown>>(contents.config["slm:models"])) model["cpuCores"] = 0.2; // several share the node
  change(contents.config);
  const own = Object.fromEntries(Object.entries(contents.config).map(([key, value]) => [key.replace(/^slm:/, ""), value]));
  return { name, file: lab.file, text: stringify(contents), environment: parseEnvironment(name, own, lab.file) };
}

/** What a preview would do, by resource name, without resources that stay the same. */
export async function steps(stack: Stack): Promise<Record<string, { op: string; replaces: string[] }>> {
  const preview = JSON.parse(await stack.pulumi(["preview", "--json"], { quiet: true })) as {
    steps: { op: string; urn: string; replaceReasons?: string[] }[];
  };
  return Object.fromEntries(
    preview.steps
      .filter(({ op }) => op !== "same")
      .map(({ op, urn, replaceReasons }) => [urn.split("::").at(-1)!, { op, replaces: replaceReasons ?? [] }]),
  );
}
