import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import execa from "execa";

import { UserError } from "../lib/fault";
import { fingerprint, repoRoot } from "../lib/paths";

/** A Go module of `tools/go`: what is built from it, and how. Versions and checksums are in its go.mod and go.sum. */
export interface GoModule {
  /** Folder below `tools/go`. */
  module: string;
  packages: string[];
  /** Values set by the linker, as `package.variable=value`. */
  set?: string[];
  env?: Record<string, string>;
}

const lowestGo = [1, 26] as const;

/** Arguments that decide what the compiler produces; part of the fingerprint. */
const flags = ({ set = [] }: GoModule): string[] => ["-trimpath", "-ldflags", ["-s", "-w", ...set.map((value) => `-X ${value}`)].join(" ")];

const folder = ({ module }: GoModule): string => path.join(repoRoot, "tools/go", module);

// A larger heap target trades memory, of which a compiler run has plenty, for less garbage collection.
const environment = ({ env }: GoModule): Record<string, string> => ({
  CGO_ENABLED: "0",
  GOFLAGS: "-mod=readonly -buildvcs=false",
  GOGC: "400",
  ...env,
});

/** Fingerprint of the module's files and of the way it is built. */
export function goInputs(build: GoModule): string {
  const root = folder(build);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(path.join(root, file)).isFile())
    .sort();
  return fingerprint(
    JSON.stringify([flags(build), build.env ?? {}, build.packages]),
    ...files.flatMap((file) => [file, readFileSync(path.join(root, file))]),
  );
}

/** Brings the modules that the packages need, so that the build itself does not wait for the network. Returns how many packages there are. */
export async function goFetch(build: GoModule): Promise<number> {
  const { stdout } = await execa("go", ["list", "-deps", ...build.packages], { cwd: folder(build), env: environment(build) });
  return stdout.split("\n").length;
}

/** Compiles the packages into `into`, telling how far it is by the packages compiled so far. */
export async function goBuild(build: GoModule, into: string, report: (state: string, share?: number) => void): Promise<void> {
  await requireGo();
  report("fetching modules");
  const total = await goFetch(build);
  const child = execa("go", ["build", "-v", ...flags(build), "-o", `${into}/`, ...build.packages], {
    cwd: folder(build),
    env: environment(build),
    stdout: "ignore",
  });
  let compiled = 0;
  createInterface({ input: child.stderr! }).on("line", () =>
    report(`compiled ${++compiled} of ${total} packages`, Math.min(compiled / total, 0.99)),
  );
  await child;
}

async function requireGo(): Promise<void> {
  const fix = `install Go ${lowestGo.join(".")} or newer and put it on PATH`;
  const { stdout = "", failed } = await execa("go", ["env", "GOVERSION"], { reject: false });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (failed || !major || !minor)
    throw new UserError("go: not found on PATH; the parts of the lab and of the engine are built with it", fix);
  if (Number(major) === lowestGo[0] && Number(minor) < lowestGo[1]) throw new UserError(`go: ${stdout} is too old`, fix);
}
