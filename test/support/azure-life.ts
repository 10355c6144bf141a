import { afterAll, beforeAll, expect } from "vitest";

import { files } from "../../lab/layout";
import type { Deployment } from "../../tools/lib/adopt";
import { changedByAzure } from "../../tools/lib/autoscaled";
import type { EngineEnv } from "../../tools/lib/engine";
import { AzureStack, type Settings } from "./azure";
import { kubectl } from "./lab";

type Edit = (config: Settings) => unknown;

/** One environment through its months: the file as it is changed, and what Azure was asked for each time. */
export class Life {
  stack!: AzureStack;
  private edits: readonly Edit[];

  constructor(
    readonly name: string,
    edit: Edit,
    private readonly opened: { from?: string; variables?: EngineEnv } = {},
  ) {
    this.edits = [edit];
  }

  /** Begins the life of an environment under stacks/, by what is composed of it and one small pod for each model. */
  async begin(): Promise<void> {
    const variables = { SLM_AZURE_STANDIN_KUBECONFIG: files.kubeconfig, ...this.opened.variables };
    const opened = { ...this.opened, variables, main: "test/program/stand-in/index.ts" };
    this.stack = await AzureStack.open(this.name, (config) => void this.edits[0]!(config), opened);
  }

  /** Changes the environment's file for good. */
  change(edit: Edit): void {
    this.edits = [...this.edits, edit];
    this.stack.configure((config) => {
      for (const one of this.edits) one(config);
    });
  }

  /** Changes the part `azure:` of it. */
  set(azure: object): void {
    this.change((config) => Object.assign(config["slm:azure"], azure));
  }

  /** Brings it up as `make up` does, which reads what Azure changes by itself first; returns what Azure was asked for. */
  async up(variables: EngineEnv = {}): Promise<string[]> {
    await this.refresh();
    this.stack.calls();
    const { exitCode, said } = await this.stack.run(["up", "--yes", "--skip-preview"], variables);
    expect(exitCode, said).toBe(0);
    return this.calls();
  }

  /** What the engine remembers. */
  async state(): Promise<Deployment> {
    const { said } = await this.stack.run(["stack", "export"]);
    return JSON.parse(said.slice(said.indexOf("{"))).deployment;
  }

  private async refresh(): Promise<void> {
    const { resources = [] } = await this.state();
    const targets = changedByAzure(resources).map((urn) => `--target=${urn}`);
    if (targets.length === 0) return;
    const read = await this.stack.run(["refresh", "--yes", "--skip-preview", ...targets]);
    expect(read.exitCode, read.said).toBe(0);
  }

  /** What Azure was asked for since this was last asked, each by its type without the module. */
  calls(): string[] {
    return this.stack.calls().map((call) => call.replace(/^(\w+) \w+:/, "$1 "));
  }

  /** An update that must fail; returns what was said. */
  async refused(variables: EngineEnv = {}): Promise<string> {
    const { exitCode, said } = await this.stack.run(["up", "--yes", "--skip-preview"], variables);
    expect(exitCode, said).not.toBe(0);
    return said;
  }

  /** Takes it down; returns what Azure was asked for. */
  async down(variables: EngineEnv = {}): Promise<string[]> {
    this.stack.calls();
    const { exitCode, said } = await this.stack.run(["destroy", "--yes", "--skip-preview"], variables);
    expect(exitCode, said).toBe(0);
    return this.calls();
  }

  /** Id of what Azure has. */
  idOf(part: string): string {
    return this.stack.made().find((id) => id.includes(part))!;
  }

  /** What Azure knows of it. */
  live(part: string): Settings {
    return this.stack.azure.live(this.idOf(part)) as Settings;
  }

  /** Takes down whatever a test has left. */
  async end(): Promise<void> {
    if (!this.stack) return;
    await this.stack.run(["state", "unprotect", "--all", "--yes"]);
    await this.stack.run(["destroy", "--yes", "--skip-preview"]);
    this.stack.remove();
  }
}

/** An environment for the tests of a block. The lab has one namespace of a name: what a failed run left in it, whose state is gone, goes first. */
export function lifeOf(name: string, edit: Edit, namespaces: readonly string[] = []): Life {
  const life = new Life(name, edit);
  beforeAll(async () => {
    await kubectl("delete", "namespace", `slm-${name}`, ...namespaces, "--ignore-not-found");
    await life.begin();
  });
  afterAll(() => life.end());
  return life;
}

/** Calls that change the cluster, without the names of what they change. */
export const ofCluster = (calls: readonly string[]): string[] =>
  calls.filter((call) => /ManagedCluster|AgentPool|Maintenance/.test(call)).map((call) => call.split(" ").slice(0, 2).join(" "));

/** A program that runs so many days from now. */
export const daysLater = (days: number): EngineEnv => ({
  NODE_OPTIONS: `--require=${require.resolve("./later.cjs")}`,
  LATER: String(days),
});
