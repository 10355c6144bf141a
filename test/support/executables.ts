import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, afterEach, beforeEach, vi } from "vitest";

/** One start of an executable. */
interface Call {
  readonly name: string;
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A folder of executables that record how they are started; as PATH, it offers them, `which`, and nothing else. */
export class Executables {
  readonly folder = mkdtempSync(path.join(tmpdir(), "slm-path-"));
  private readonly record = path.join(this.folder, "calls");

  constructor() {
    symlinkSync("/usr/bin/which", path.join(this.folder, "which"));
  }

  /** Adds an executable, which then runs `script` in a shell. */
  add(name: string, script = ""): this {
    const file = path.join(this.folder, name);
    // One write for each call, with separators that no argument has.
    const call = `printf '%s\\037' "${name}" "$PWD" "$#" "$@"; /usr/bin/env -0 | /usr/bin/tr '\\000' '\\037'`;
    writeFileSync(file, `#!/bin/sh\ncall=$(${call})\nprintf '%s\\036' "$call" >> '${this.record}'\n${script}\n`);
    chmodSync(file, 0o755);
    return this;
  }

  remove(name: string): void {
    rmSync(path.join(this.folder, name), { force: true });
  }

  /** Every start since the last `reset()`, in order. */
  calls(): Call[] {
    if (!existsSync(this.record)) return [];
    const records = readFileSync(this.record, "utf8").split("\u001e").slice(0, -1);
    return records.map((record) => {
      const [name, cwd, count, ...rest] = record.split("\u001f") as [string, string, string, ...string[]];
      const variables = rest.slice(Number(count)).filter((line) => line.includes("="));
      const env = Object.fromEntries(variables.map((line) => line.split(/=(.*)/s, 2) as [string, string]));
      return { name, cwd, args: rest.slice(0, Number(count)), env };
    });
  }

  /** The command lines of the same. */
  commands(): string[] {
    return this.calls().map(({ name, args }) => [name, ...args].join(" "));
  }

  reset(): void {
    rmSync(this.record, { force: true });
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** An empty folder, as a place for what a module keeps. */
export function emptyFolder(name = "slm-folder-"): string {
  const folder = mkdtempSync(path.join(tmpdir(), name));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The id of a process that has ended. */
export const endedPid = async (): Promise<number> => Number((await execa(process.execPath, ["--print", "process.pid"])).stdout);

/** The id of a process that ends after this time. */
export const endingPid = (milliseconds: number): number =>
  execa(process.execPath, ["--eval", `setTimeout(() => {}, ${milliseconds})`]).pid!;

/** For each test of a file, PATH is a folder of executables, in which `absent` is none until a test adds it. Returns the folder. */
export function aloneOnPath(absent: string): Executables {
  const bin = new Executables();
  beforeEach(() => {
    bin.reset();
    bin.remove(absent);
    vi.stubEnv("PATH", bin.folder);
  });
  afterEach(() => void vi.unstubAllEnvs());
  afterAll(() => bin.dispose());
  return bin;
}
