import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { parse, stringify } from "yaml";
import { standIn } from "../../tools/azure-stand-in/locate";
import { Records } from "../../tools/azure-stand-in/records";
import { type EngineEnv, engine } from "../../tools/lib/engine";
import { repoRoot } from "../../tools/lib/paths";

/** What a run of the engine said and how it ended. */
export interface Ran {
  exitCode: number;
  /** Both streams. */
  said: string;
}

interface Opened {
  /** File under stacks/ that it begins as. @default its name */
  readonly from?: string;
  /** Added to the environment of the engine. */
  readonly variables?: EngineEnv;
  /** File of the program. @default the project's own */
  readonly main?: string;
}

/** A stack with state of its own and the stand-in for azure-native. */
export class AzureStack {
  private constructor(
    readonly name: string,
    readonly folder: string,
    private readonly env: EngineEnv,
    private readonly from: string,
  ) {}

  /** Opens the environment `name` under stacks/; `change` edits its settings in place. */
  static async open(
    name: string,
    change: (config: Settings) => void = () => undefined,
    { variables = {}, main = "stacks/index.ts", from = name }: Opened = {},
  ): Promise<AzureStack> {
    const folder = mkdtempSync(path.join(tmpdir(), "slm-azure-"));
    mkdirSync(path.join(folder, "state"));
    writeFileSync(path.join(folder, "Pulumi.yaml"), stringify({ name: "slm", runtime: "nodejs", main: path.join(repoRoot, main) }));
    const base = await engine();
    const env = {
      ...base,
      PATH: [standIn(), base["PATH"]].filter(Boolean).join(path.delimiter),
      PULUMI_BACKEND_URL: `file://${path.join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      SLM_AZURE_STANDIN_STATE: path.join(folder, "azure"),
      SLM_AZURE_STANDIN_CALLS: path.join(folder, "calls"),
      ...variables,
    };
    const stack = new AzureStack(name, folder, env, from);
    stack.configure(change);
    await stack.run(["stack", "init", name]);
    return stack;
  }

  /** Writes the environment's settings, changed. */
  configure(change: (config: Settings) => void): void {
    const file = path.join(this.folder, `Pulumi.${this.name}.yaml`);
    const settings = parse(readFileSync(path.join(repoRoot, `stacks/Pulumi.${this.from}.yaml`), "utf8"));
    change(settings.config);
    delete settings.secretsprovider; // a test has no vault
    const salt = existsSync(file) ? parse(readFileSync(file, "utf8")).encryptionsalt : undefined;
    writeFileSync(file, stringify({ ...settings, ...(salt ? { encryptionsalt: salt } : {}) }));
  }

  /** Runs the CLI; `variables` are this run's alone. */
  async run(args: string[], variables: EngineEnv = {}): Promise<Ran> {
    const global = args[0] === "stack" ? [] : ["--stack", this.name];
    const { exitCode, all } = await execa("pulumi", [...args, ...global, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      env: { ...this.env, ...variables },
      all: true,
      reject: false,
    });
    return { exitCode, said: all ?? "" };
  }

  /** Steps of a preview by resource name; throws what the engine said when it fails. */
  async steps(): Promise<Record<string, { op: string; type: string; inputs: Record<string, unknown>; replaces: string[] }>> {
    const { exitCode, said } = await this.run(["preview", "--json"]);
    if (exitCode !== 0) throw new Error(said);
    const { steps } = JSON.parse(said.slice(said.indexOf("{"))) as { steps: Step[] };
    return Object.fromEntries(
      steps.map(({ op, urn, newState, replaceReasons }) => {
        const [, , types, name] = urn.split("::");
        return [name!, { op, type: types!.split("$").at(-1)!, inputs: newState?.inputs ?? {}, replaces: replaceReasons ?? [] }];
      }),
    );
  }

  /** The settings as they are now. */
  settings(): Settings {
    return parse(readFileSync(path.join(this.folder, `Pulumi.${this.name}.yaml`), "utf8")).config;
  }

  /** What Azure has. */
  get azure(): Records {
    return new Records(this.state);
  }

  /** Folder of what Azure has, which two environments may share. */
  get state(): string {
    return this.env["SLM_AZURE_STANDIN_STATE"]!;
  }

  /** Ids of all that the stand-in keeps. */
  made(): string[] {
    return this.azure.ids();
  }

  /** What Azure was asked for since the last time that this was asked, in that order, as `create keyvault:Vault kv-contoso`. */
  calls(): string[] {
    const file = path.join(this.folder, "calls");
    const calls = existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    rmSync(file, { force: true });
    return calls;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Step {
  op: string;
  urn: string;
  newState?: { inputs?: Record<string, unknown> };
  replaceReasons?: string[];
}

/** The settings that tests change; the whole shape is in lib/environment/azure-config.ts. */
// biome-ignore lint/suspicious/noExplicitAny: a test writes what a user might, wrong things too
export type Settings = Record<string, any>;
