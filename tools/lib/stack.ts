import { existsSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { network, registryPort } from "../../lab/layout";
import { standIn } from "../azure-stand-in/locate";
import { dockerVariables } from "../docker/client";
import { dropUnnoted } from "../docker/leftovers";
import type { Update } from "../promotion/history";
import { type Deployment, pendingNames } from "./adopt";
import { changedByAzure } from "./autoscaled";
import { showingDownloads } from "./download-watch";
import { type EngineEnv, engine } from "./engine";
import type { EnvironmentFile } from "./environment";
import { type Events, readEvents } from "./events";
import { Failure, UserError } from "./fault";
import { writeProject } from "./local-project";
import { repoRoot, workDir } from "./paths";
import { requireBuilder, requirePlugins } from "./plugins";
import { policyConfig } from "./policy-config";
import { policyPack } from "./policy-pack";
import { refuseProtected } from "./protected";
import { type Exported, refuseForeign, takeUp } from "./resume";
import { livesInLab, stateOf } from "./state";
import { dropDeadLocks } from "./state-locks";
import { temporaryFolder } from "./temporary";
import { writeWhole } from "./whole-file";

/** A front door in a cluster: the Service before it, too. */
export interface ClusterDoor {
  url: string;
  namespace: string;
  service: string;
}

/** What the program returns; the shape of `stacks/index.ts`. */
export interface Outputs {
  endpoints: Record<string, string>;
  addresses: Record<string, string>;
  /** By model, and by each name that its server answers to. */
  verification: Record<string, Record<string, { ttftSeconds: number; tokensPerSecond: number }>>;
  namespaceName: string;
  /** Absent where the environment has no gateway. */
  frontDoor?: ClusterDoor | { url: string };
  /** Of a cluster that the stack makes: that it has one. The credentials themselves are a secret. */
  kubeconfig?: unknown;
}

/** What a preview without Azure's plugin says of itself. */
export const previewedOnStandIn =
  "the azure-native plugin is not installed: previewing on its stand-in; docs/azure.md says what that proves";

/** Fields of the stack's objects that `kubectl edit` or `patch` made somebody else's; the provider else ends with a conflict. */
const takesFieldsBack = { PULUMI_K8S_ENABLE_PATCH_FORCE: "true" };

/** A Pulumi stack of this project, and the engine that runs it. */
export class Stack {
  private constructor(
    readonly environment: EnvironmentFile,
    /** Whether the stack lives in the lab: its state then lives and goes with the lab. */
    readonly inLab: boolean,
    private readonly name: string,
    private readonly env: EngineEnv,
    /** Folder of the Pulumi project file: the checkout, or where local state is kept. */
    private readonly project: string,
  ) {}

  /** Opens the environment's stack, or makes it; `variables` are added to the environment of the engine. */
  static async open(environment: EnvironmentFile, variables: EngineEnv = {}): Promise<Stack> {
    const { name } = environment;
    const state = stateOf(environment);
    const onDocker = environment.environment.target === "docker";
    const built = { ...(await engine(onDocker ? "docker" : "kubernetes")), ...(onDocker ? await dockerVariables() : {}) };
    const folder = variables["SLM_AZURE_STANDIN_KUBECONFIG"] && standIn();
    const env = { ...built, ...state.env, ...variables, ...(folder ? { PATH: `${folder}${path.delimiter}${built["PATH"]}` } : {}) };
    const stack = new Stack(environment, livesInLab(environment), name, env, state.folder ?? repoRoot);
    const key = state.secretsProvider ? [`--secrets-provider=${state.secretsProvider}`] : [];
    if (state.folder) await stack.prepare(key);
    else await stack.pulumi(["stack", "select", "--create", name, ...key], { quiet: true });
    return stack;
  }

  /** Local state: the project is opened from a folder beside it. A lock whose holder was killed is taken away. */
  private async prepare(key: string[]): Promise<void> {
    writeProject(this.project, this.environment);
    if (!existsSync(path.join(this.project, ".pulumi/stacks/slm", `${this.name}.json`)))
      await this.pulumi(["stack", "init", this.name, "--no-select", ...key], { quiet: true });
    await dropDeadLocks(path.join(this.project, ".pulumi/locks/organization/slm", this.name));
  }

  /**
   * Creates or updates the resources; resources of an interrupted run are taken up again. The preview before it is where rules about
   * several resources are evaluated before any of them is made.
   */
  async up(args: string[] = [], { repair = false } = {}): Promise<void> {
    requirePlugins(this.environment.environment, this.env);
    const exported = await this.export();
    await this.resume(exported, refuseForeign);
    const changed = changedByAzure(exported.deployment.resources ?? []);
    if (changed.length > 0) await this.refresh(changed.map((urn) => `--target=${urn}`));
    const all = ["up", "--yes", "--suppress-permalink=true", ...this.policies(), ...args, ...(repair ? ["--refresh"] : [])];
    await showingDownloads(this, () => this.pulumi(all, { env: repair ? takesFieldsBack : {} }));
  }

  /**
   * After a run that was killed, the state learns what became of the operations that it had begun. Objects that it made are taken up;
   * `refuse` is asked about those that are there and are others'.
   */
  private async resume(exported: Exported, refuse: (foreign: readonly string[]) => void): Promise<void> {
    if (!exported.deployment.pending_operations?.length) return;
    const onDocker = this.environment.environment.target === "docker";
    console.error(`the last run was interrupted: asking ${onDocker ? "Docker" : "the cluster"} what became of it`);
    if (onDocker) await dropUnnoted(pendingNames(exported.deployment));
    else await takeUp(this, exported, refuse);
    await this.refresh(["--clear-pending-creates"]);
  }

  private async refresh(args: string[]): Promise<void> {
    await this.pulumi(["refresh", "--yes", "--skip-preview", ...args, "--suppress-permalink=true"]);
  }

  /**
   * Shows what would change. It writes no state: the engine need not save any after each resource. Where Azure's plugin is not installed,
   * its stand-in answers, which a preview may use and an update may not.
   */
  async preview(args: string[] = [], { quiet = false } = {}): Promise<string> {
    requireBuilder(this.environment.environment);
    const folder = this.environment.environment.azure && standIn();
    if (folder) console.error(previewedOnStandIn);
    const env = { PULUMI_SKIP_CHECKPOINTS: "true", ...(folder ? { PATH: `${folder}${path.delimiter}${this.env["PATH"]}` } : {}) };
    return this.pulumi(["preview", ...(quiet ? [] : ["--diff"]), "--suppress-permalink=true", ...this.policies(), ...args], { env, quiet });
  }

  /** The same with what the engine reported of it; `quiet` shows nothing. A preview that failed is reported by `failure`, not thrown. */
  async previewEvents({ quiet = true } = {}): Promise<{ events: Events; failure?: Failure }> {
    return this.logged((log) => this.preview(log, { quiet }));
  }

  /** What differs between the state and what is there, which a refresh asks and does not write. A stack without resources is refused. */
  async driftEvents(): Promise<{ events: Events; failure?: Failure }> {
    requirePlugins(this.environment.environment, this.env);
    const { resources = [] } = (await this.export()).deployment;
    if (resources.length === 0) throw new UserError(`ENV="${this.name}": nothing is deployed`, `make up ENV=${this.name}`);
    const args = ["refresh", "--preview-only", "--suppress-permalink=true"];
    return this.logged((log) => this.pulumi([...args, ...log], { quiet: true, withErrors: true }));
  }

  /** Runs a command of the engine with its event log, and reads that. A command that failed before the engine started is thrown. */
  private async logged(run: (args: string[]) => Promise<string>): Promise<{ events: Events; failure?: Failure }> {
    const folder = temporaryFolder();
    const file = path.join(folder, "events.json");
    try {
      await run(["--event-log", file]);
      return { events: readEvents(file) };
    } catch (error) {
      if (!(error instanceof Failure) || !existsSync(file)) throw error;
      return { events: readEvents(file), failure: error };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The policy pack, given the environment. */
  policies(): string[] {
    const file = path.join(workDir, `policies.${this.name}.json`);
    writeWhole(file, JSON.stringify(policyConfig(this.environment, this.inLab ? [`${network().node}:${registryPort}`] : []), null, 2));
    return ["--policy-pack", policyPack(), "--policy-pack-config", file];
  }

  /** Deletes every resource, and the stack itself; fails when anything is left, and before anything is deleted where some is protected. */
  async destroy(): Promise<void> {
    requirePlugins(this.environment.environment, this.env);
    const exported = await this.export();
    refuseProtected(this.name, exported.deployment);
    await this.resume(exported, (foreign) => console.error(`left alone, as others made them: ${foreign.join(", ")}`));
    await this.pulumi(["destroy", "--yes", "--skip-preview", "--suppress-permalink=true"]);
    await this.pulumi(["stack", "rm", "--yes", "--preserve-config", this.name], { quiet: true });
    if (this.project !== repoRoot) rmSync(path.join(this.project, `Pulumi.${this.name}.yaml`), { force: true });
  }

  /** Takes away the lock that a killed run has left in a backend; who asks knows that no other run goes on. */
  async unlock(): Promise<void> {
    if (this.project === repoRoot) await this.pulumi(["cancel", "--yes"], { quiet: true });
  }

  async tags(): Promise<Record<string, string>> {
    return JSON.parse(await this.pulumi(["stack", "tag", "ls", "--json"], { quiet: true }));
  }

  async setTag(name: string, value: string): Promise<void> {
    await this.pulumi(["stack", "tag", "set", name, value], { quiet: true });
  }

  async outputs(): Promise<Outputs> {
    return JSON.parse(await this.pulumi(["stack", "output", "--json"], { quiet: true }));
  }

  /** The newest updates of the stack, the newest first. */
  async history(): Promise<Update[]> {
    return JSON.parse((await this.pulumi(["stack", "history", "--json", "--page-size=100"], { quiet: true })) || "[]");
  }

  /** Credentials of the cluster that the stack made. */
  async kubeconfig(): Promise<string> {
    return this.pulumi(["stack", "output", "kubeconfig", "--show-secrets"], { quiet: true });
  }

  /** The state as the engine exports it; secrets stay encrypted. */
  async export(): Promise<Exported> {
    return JSON.parse(await this.pulumi(["stack", "export"], { quiet: true }));
  }

  /** The state with secrets in plain text, for who enters the cluster as the stack does. */
  async state(): Promise<Deployment> {
    return (JSON.parse(await this.pulumi(["stack", "export", "--show-secrets"], { quiet: true })) as Exported).deployment;
  }

  /**
   * Runs the CLI on this stack; `quiet` returns what it prints instead of showing it, `withErrors` with what went to standard error.
   * Ctrl-C reaches it as it reaches us: it ends tidily.
   */
  async pulumi(
    args: string[],
    { quiet = false, withErrors = false, env = {} }: { quiet?: boolean; withErrors?: boolean; env?: EngineEnv } = {},
  ): Promise<string> {
    const wait = (): void => undefined;
    process.on("SIGINT", wait);
    const temporary = temporaryFolder();
    try {
      const global = args[0] === "stack" && ["init", "rm", "select"].includes(args[1] ?? "") ? [] : ["--stack", this.name];
      const { failed, stdout, stderr, all, exitCode } = await execa(
        "pulumi",
        [...args, ...global, "--non-interactive", "--color", process.stdout.isTTY ? "always" : "never"],
        {
          cwd: this.project,
          // the event log is an option of the commands for debugging, as Pulumi's own Automation API uses it
          env: { ...this.env, ...env, PULUMI_DEBUG_COMMANDS: "true", TMPDIR: temporary },
          stdio: quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
          reject: false,
          all: true,
        },
      );
      if (failed) throw new Failure(quiet ? `pulumi ${args.join(" ")}: ${all || stderr}` : `pulumi ${args[0]} ended with code ${exitCode}`);
      return withErrors ? all! : stdout;
    } finally {
      process.off("SIGINT", wait);
      rmSync(temporary, { recursive: true, force: true });
    }
  }
}
