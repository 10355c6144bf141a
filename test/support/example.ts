import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { files } from "../../lab/layout";
import { locked } from "../../tools/build/lock";
import { type EngineEnv, engine } from "../../tools/lib/engine";
import { repoRoot, workDir } from "../../tools/lib/paths";

/** An example in a folder of its own, with nothing of this repository but the packed library; the SDKs are those of this checkout. */
export class Example {
  private constructor(
    readonly folder: string,
    private readonly env: EngineEnv,
  ) {}

  /** Packs the library, and opens the example `name`; `path` goes before that of the engine. */
  static async open(name: string, folders: readonly string[] = []): Promise<Example> {
    mkdirSync(workDir, { recursive: true });
    const folder = mkdtempSync(path.join(workDir, "example-"));
    cpSync(path.join(repoRoot, "examples", name), folder, { recursive: true });
    const nobody = () => undefined;
    await locked(path.join(workDir, "package.lock"), nobody, () => install(path.join(folder, "node_modules/slm-stack")));
    const state = { PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "example", KUBECONFIG: files.kubeconfig };
    const base = await engine();
    const example = new Example(folder, { ...base, PATH: [...folders, base["PATH"]].join(path.delimiter), ...state });
    await example.pulumi("stack", "init", "dev");
    return example;
  }

  /** Runs the CLI in the example's folder, and returns both its streams. */
  async pulumi(...args: string[]): Promise<string> {
    return (await execa("pulumi", [...args, "--non-interactive"], { cwd: this.folder, env: this.env, all: true })).all!;
  }

  /** The same, for a mistake: what it said. */
  async refused(...args: string[]): Promise<string> {
    return this.pulumi(...args).then(
      () => "nothing was refused",
      (error: { all?: string }) => error.all ?? String(error),
    );
  }

  /** Changes a file of the example, each text once; returns what it was. */
  change(file: string, ...changes: readonly (readonly [string, string])[]): string {
    const before = readFileSync(path.join(this.folder, file), "utf8");
    this.write(
      file,
      changes.reduce((text, [from, to]) => {
        if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
        return text.replace(from, to);
      }, before),
    );
    return before;
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Packs the library, and unpacks it to where a program looks for it. */
async function install(folder: string): Promise<void> {
  await execa(process.execPath, ["--import", "tsx", path.join(repoRoot, "tools/package.ts")], { cwd: repoRoot });
  const { version } = JSON.parse(readFileSync(path.join(repoRoot, "package.json"), "utf8"));
  mkdirSync(folder, { recursive: true });
  const archive = path.join(workDir, `slm-stack-${version}.tgz`);
  await execa("tar", ["--extract", "--strip-components=1", "--directory", folder, "--file", archive]);
}
