import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";

import { files } from "../../../lab/layout";
import { Failure, UserError } from "../../../tools/lib/fault";
import { repoRoot } from "../../../tools/lib/paths";
import { policyConfig } from "../../../tools/lib/policy-config";
import { Stack } from "../../../tools/lib/stack";
import { environmentFile, onAzure } from "../../support/environments";
import { Executables, endedPid, endingPid } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const home = vi.hoisted(() => `${process.env["TMPDIR"] ?? "/tmp"}/slm-stack-${process.pid}`);
vi.mock("../../../tools/lib/paths", async (original) => ({
  ...(await original<object>()),
  workDir: `${home}/scratch`,
  labHome: `${home}/lab`,
}));
vi.mock("../../../tools/lib/engine", () => ({ engine: async () => ({ PATH: process.env["PATH"], FROM_ENGINE: "yes" }) }));

const bin = new Executables();
const local = path.join(home, "scratch/pulumi");
beforeEach(() => {
  mkdirSync(home, { recursive: true });
  bin.add("pulumi");
  bin.reset();
  vi.stubEnv("PATH", bin.folder).stubEnv("PULUMI_HOME", home).stubEnv("PULUMI_CONFIG_PASSPHRASE", "mine");
  for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE_FILE"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(path.join(home, "scratch"), { recursive: true, force: true });
  rmSync(path.join(home, "pulumi-resource-azure-native"), { force: true });
});
afterAll(() => {
  bin.dispose();
  rmSync(home, { recursive: true });
});

const key = "azurekeyvault://kv-state.vault.azure.net/keys/pulumi";
const plain = ["--non-interactive", "--color", "never"].join(" ");
const settings = (name: string): object => parse(readFileSync(path.join(local, `Pulumi.${name}.yaml`), "utf8"));
/** A state in which the stack is there. */
const initialized = (name: string): void => {
  mkdirSync(path.join(local, ".pulumi/stacks/slm"), { recursive: true });
  writeFileSync(path.join(local, `.pulumi/stacks/slm/${name}.json`), "{}");
};
/** Opens a stack that is there, and forgets how. */
async function opened(name = "mine", raw: object = {}, variables: Record<string, string> = {}): Promise<Stack> {
  initialized(name);
  const stack = await Stack.open(environmentFile(name, raw), variables);
  bin.reset();
  return stack;
}

describe("a stack that is opened", () => {
  it("on local state is made there once, from a project of its own beside it", async () => {
    await Stack.open(environmentFile("mine", { region: "westeurope" }), { ADDED: "yes" });
    const [{ args, cwd, env }] = bin.calls() as [ReturnType<typeof bin.calls>[number]];
    expect([args.join(" "), bin.calls()]).toEqual([`stack init mine --no-select ${plain}`, expect.objectContaining({ length: 1 })]);
    expect([cwd, env["PULUMI_BACKEND_URL"], env["FROM_ENGINE"], env["ADDED"]]).toEqual([
      local,
      `file://${local}?metadata=skip`,
      "yes",
      "yes",
    ]);
    expect(parse(readFileSync(path.join(local, "Pulumi.yaml"), "utf8"))).toEqual({
      ...parse(readFileSync(path.join(repoRoot, "Pulumi.yaml"), "utf8")),
      main: path.join(repoRoot, "stacks/index.ts"),
      stackConfigDir: undefined,
    });
    expect(settings("mine")).toEqual({
      config: { "slm:region": "westeurope", "slm:models": { chat: { engine: "ollama", model: "qwen3-0.6b" } } },
    });
    initialized("mine");
    bin.reset();
    await Stack.open(environmentFile("mine"));
    expect(bin.commands()).toEqual([]);
  });

  it("keeps what encrypts its state, which is never in the environment's file, and takes all else from that", async () => {
    mkdirSync(local, { recursive: true });
    const kept = { encryptionsalt: "v1:salt", secretsprovider: key, encryptedkey: "abc" };
    writeFileSync(path.join(local, "Pulumi.mine.yaml"), JSON.stringify({ ...kept, config: { "slm:region": "old" }, left: 1 }));
    await Stack.open(environmentFile("mine", {}, { secretsprovider: "passphrase", encryptedkey: "other" }));
    expect(settings("mine")).toEqual({ ...kept, config: { "slm:models": { chat: { engine: "ollama", model: "qwen3-0.6b" } } } });
  });

  it("names its key service when it is made", async () => {
    await Stack.open(environmentFile("mine", {}, { secretsprovider: key }));
    expect(bin.commands()).toEqual([`pulumi stack init mine --no-select --secrets-provider=${key} ${plain}`]);
    expect(settings("mine")).not.toHaveProperty("secretsprovider");
  });

  it("where the user is logged in is selected there, or made", async () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://mine");
    await Stack.open(environmentFile("mine", {}, { secretsprovider: key }));
    expect(bin.calls().map(({ name, args, cwd }) => [[name, ...args].join(" "), cwd])).toEqual([
      [`pulumi stack select --create mine --secrets-provider=${key} ${plain}`, repoRoot],
    ]);
    expect(existsSync(local)).toBe(false);
  });

  it("knows whether it lives in the lab", async () => {
    expect((await Stack.open(environmentFile("mine"))).inLab).toBe(false);
    expect((await Stack.open(environmentFile("lab", { kubernetes: { kubeconfig: files.kubeconfig } }))).inLab).toBe(true);
  });
});

describe("locks of the state", () => {
  const folder = path.join(local, ".pulumi/locks/organization/slm/mine");
  const lock = (name: string, pid: number, host = hostname()) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, name), JSON.stringify({ pid, username: "me", hostname: host }));
  };

  it("go with a process that ended, and stay with one that runs and with one of another machine", async () => {
    const dead = await endedPid();
    lock("dead.json", dead);
    lock("living.json", process.pid);
    lock("elsewhere.json", dead, "another-machine");
    await opened();
    expect(readdirSync(folder).sort()).toEqual(["elsewhere.json", "living.json"]);
  });

  it("are waited for while their process ends", async () => {
    lock("ending.json", endingPid(700));
    await opened();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("of other machines are not waited for", async () => {
    lock("elsewhere.json", 1, "another-machine");
    const started = Date.now();
    await opened();
    expect(Date.now() - started).toBeLessThan(2500);
  });
});

describe("an update", () => {
  const state = (operations: object[] = []) =>
    `case "$*" in *"stack export"*) echo '${JSON.stringify({ deployment: { pending_operations: operations } })}';; esac`;

  it("evaluates the environment by the policy pack, which is given it", async () => {
    bin.add("pulumi", state());
    const stack = await opened();
    await stack.up(["--message=of a release"]);
    const config = path.join(home, "scratch/policies.mine.json");
    expect(bin.commands()).toEqual([
      `pulumi stack export --stack mine ${plain}`,
      `pulumi up --yes --suppress-permalink=true --policy-pack ${home}/scratch/policies --policy-pack-config ${config} --message=of a release --stack mine ${plain}`,
    ]);
    expect(JSON.parse(readFileSync(config, "utf8"))).toEqual(JSON.parse(JSON.stringify(policyConfig(stack.environment, []))));
  });

  it("that repairs asks what is there, and takes back what others changed; another does neither", async () => {
    bin.add("pulumi", state());
    const stack = await opened();
    await stack.up([], { repair: true });
    await stack.up();
    const updates = bin.calls().filter(({ args }) => args[0] === "up");
    expect(updates.map(({ args, env }) => [args.includes("--refresh"), env["PULUMI_K8S_ENABLE_PATCH_FORCE"]])).toEqual([
      [true, "true"],
      [false, undefined],
    ]);
  });

  it("in the lab lets images come from the lab's registry", async () => {
    const stack = await Stack.open(environmentFile("lab", { kubernetes: { kubeconfig: files.kubeconfig } }));
    stack.policies();
    const { "image-registry": rule } = JSON.parse(readFileSync(path.join(home, "scratch/policies.lab.json"), "utf8"));
    expect(rule.registries).toContain("198.18.0.2:5000");
  });

  const pending = {
    type: "creating",
    resource: {
      ...{ urn: "urn:pulumi:mine::slm::kubernetes:core/v1:Service::chat", type: "kubernetes:core/v1:Service", provider: "cluster::1" },
      inputs: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "chat", namespace: "slm", annotations: { "slm-stack/stack": "slm/mine" } },
      },
    },
  };
  const lookUp = "kubectl get Service.v1. chat --namespace slm --ignore-not-found --show-managed-fields --output=json";
  const refresh = `pulumi refresh --yes --skip-preview --clear-pending-creates --suppress-permalink=true --stack mine ${plain}`;
  /** A cluster that has the object, with this metadata. */
  const live = (metadata: object): void => void bin.add("kubectl", `echo '${JSON.stringify({ metadata })}'`);
  const ofOthers = { managedFields: [{ manager: "helm" }, { manager: "kube-controller-manager" }, { manager: "helm" }] };

  it("after an interrupted run first asks what became of it", async () => {
    bin.add("pulumi", state([{ type: "updating" }]));
    const reported = vi.spyOn(console, "error").mockReturnValue();
    await (await opened()).up();
    const pack = `--policy-pack ${home}/scratch/policies --policy-pack-config ${home}/scratch/policies.mine.json`;
    expect(bin.commands()).toEqual([
      `pulumi stack export --stack mine ${plain}`,
      refresh,
      `pulumi up --yes --suppress-permalink=true ${pack} --stack mine ${plain}`,
    ]);
    expect(reported.mock.calls).toEqual([["the last run was interrupted: asking the cluster what became of it"]]);
  });

  it("takes up the object that it had made, before it asks", async () => {
    bin.add("pulumi", `${state([pending])}\ncase "$*" in *"stack import"*) /bin/cat "$4" > ${home}/imported;; esac`);
    live({ annotations: { "slm-stack/stack": "slm/mine" } });
    vi.spyOn(console, "error").mockReturnValue();
    await (await opened()).up();
    expect(bin.commands().slice(0, 5)).toEqual([
      `pulumi stack export --stack mine ${plain}`,
      `pulumi stack export --show-secrets --stack mine ${plain}`,
      lookUp,
      expect.stringMatching(/^pulumi stack import --file \S+\/state\.json --stack mine /),
      refresh,
    ]);
    expect(JSON.parse(readFileSync(path.join(home, "imported"), "utf8")).deployment).toEqual({
      resources: [{ ...pending.resource, id: "slm/chat", outputs: pending.resource.inputs, initErrors: ["not seen to its end"] }],
      pending_operations: [],
    });
    expect(readdirSync(path.join(home, "scratch/tmp"))).toEqual([]);
  });

  it("takes up nothing that is not there", async () => {
    bin.add("pulumi", state([pending])).add("kubectl");
    vi.spyOn(console, "error").mockReturnValue();
    await (await opened()).up();
    expect(bin.commands().slice(2, 4)).toEqual([lookUp, refresh]);
  });

  it("is refused, with nothing changed, where others have made the object meanwhile", async () => {
    bin.add("pulumi", state([pending]));
    live(ofOthers);
    vi.spyOn(console, "error").mockReturnValue();
    await expect((await opened()).up()).rejects.toThrow(
      new UserError(
        "the interrupted run was about to make what others have made:\n✖ Service slm/chat (its fields are managed by helm, kube-controller-manager)",
        "delete or rename each if nobody needs it, or give the environment another kubernetes.namespace; then run this again",
      ),
    );
    expect(bin.commands().at(-1)).toBe(lookUp);
  });

  it("that ends the stack leaves alone what others have made, and says so", async () => {
    bin.add("pulumi", state([pending]));
    live({ annotations: { "slm-stack/stack": "slm/theirs" } });
    const reported = vi.spyOn(console, "error").mockReturnValue();
    await (await opened()).destroy();
    expect(bin.commands().slice(2, 4)).toEqual([lookUp, refresh]);
    expect(reported.mock.calls[1]).toEqual(["left alone, as others made them: Service slm/chat (of the stack slm/theirs)"]);
  });

  it("first reads what Azure changes by itself: the nodes of its pools and the version of its cluster, and nothing else", async () => {
    const urn = (type: string, name: string) => `urn:pulumi:mine::slm::${type}::${name}`;
    const pool = urn("slm:cluster:GpuNodePool$azure-native:containerservice:AgentPool", "gpu-pool");
    const cluster = urn("slm:cluster:AksCluster$azure-native:containerservice:ManagedCluster", "aks-cluster");
    const others = [
      urn("azure-native:keyvault:Vault", "vault"),
      urn("slm:x$azure-native:containerservice:AgentPool$kubernetes:core/v1:Pod", "x"),
    ];
    const deployment = { resources: [pool, cluster, ...others].map((each) => ({ urn: each })) };
    bin.add("pulumi", `case "$*" in *"stack export"*) echo '${JSON.stringify({ deployment })}';; esac`);
    await (await opened()).up();
    expect(bin.commands()[1]).toBe(
      `pulumi refresh --yes --skip-preview --target=${pool} --target=${cluster} --suppress-permalink=true --stack mine ${plain}`,
    );
    expect(bin.commands()[2]).toMatch(/^pulumi up --yes/);
  });

  it("and a destroy on Azure are refused without Azure's plugin, before the engine starts", async () => {
    const stack = await opened("mine", onAzure());
    for (const run of [() => stack.up(), () => stack.destroy()])
      await expect(run()).rejects.toThrow("the azure-native plugin is not installed");
    expect(bin.commands()).toEqual([]);
  });

  it("ends with what the engine ended with", async () => {
    const stack = await opened();
    bin.add("pulumi", `${state()}\ncase "$1" in up) exit 3;; esac`);
    await expect(stack.up()).rejects.toThrow(new Failure("pulumi up ended with code 3"));
    bin.add("pulumi", "echo out; echo no such stack >&2; exit 6");
    await expect(stack.export()).rejects.toThrow(new Failure("pulumi stack export: out\nno such stack"));
  });
});

describe("a comparison with what is there", () => {
  it("asks a refresh that writes nothing", async () => {
    const stack = await opened();
    bin.add("pulumi", `case "$*" in *"stack export"*) echo '{"deployment":{"resources":[{"urn":"a"}]}}';; esac`);
    expect(await stack.driftEvents()).toEqual({ events: expect.objectContaining({ results: [] }) });
    expect(bin.commands()).toEqual([
      `pulumi stack export --stack mine ${plain}`,
      expect.stringMatching(/^pulumi refresh --preview-only --suppress-permalink=true --event-log \S+ --stack mine /),
    ]);
  });

  it("is refused where nothing is deployed, and where the plugin of Azure is missing", async () => {
    const stack = await opened();
    bin.add("pulumi", `echo '{"deployment":{}}'`);
    await expect(stack.driftEvents()).rejects.toThrow(new UserError('ENV="mine": nothing is deployed', "make up ENV=mine"));
    const azure = await opened("staging", onAzure());
    await expect(azure.driftEvents()).rejects.toThrow("the azure-native plugin is not installed");
  });
});

it("the history of a stack is read from the newest update on, and none is none", async () => {
  const stack = await opened();
  bin.add("pulumi", `echo '[{"kind":"update"}]'`);
  expect(await stack.history()).toEqual([{ kind: "update" }]);
  expect(bin.commands()).toEqual([`pulumi stack history --json --page-size=100 --stack mine ${plain}`]);
  bin.add("pulumi", "");
  expect(await stack.history()).toEqual([]);
});

describe("a preview", () => {
  const log =
    'previous=; for each; do [ "$previous" = --event-log ] && echo \'{"resourcePreEvent":{"metadata":{"op":"create"}}}\' > "$each"; previous=$each; done';

  it("tells by the engine's event log what it found, whether it ended well or not, and keeps no log", async () => {
    const stack = await opened();
    bin.add("pulumi", log);
    expect(await stack.previewEvents()).toEqual({ events: expect.objectContaining({ steps: [{ op: "create" }] }) });
    const [{ args, env }] = bin.calls() as [ReturnType<typeof bin.calls>[number]];
    const file = args[args.indexOf("--event-log") + 1]!;
    expect([args.includes("--diff"), env["PULUMI_DEBUG_COMMANDS"], existsSync(path.dirname(file))]).toEqual([false, "true", false]);
    bin.add("pulumi", `${log}; exit 3`);
    const { events, failure } = await stack.previewEvents({ quiet: false });
    expect([events.steps, failure?.message]).toEqual([[{ op: "create" }], "pulumi preview ended with code 3"]);
    expect(bin.calls().at(-1)!.args).toContain("--diff");
  });

  it("that failed before the engine reported anything is thrown", async () => {
    const stack = await opened();
    bin.add("pulumi", "echo no such flag; exit 1");
    await expect(stack.previewEvents()).rejects.toThrow(/^pulumi preview .*: no such flag$/);
  });

  it("shows what changes in detail, evaluated by the policy pack, and writes no state", async () => {
    const stack = await opened();
    bin.add("pulumi", "echo shown");
    expect(await stack.preview(["--json"], { quiet: true })).toBe("shown");
    const config = path.join(home, "scratch/policies.mine.json");
    const pack = `--policy-pack ${home}/scratch/policies --policy-pack-config ${config}`;
    expect(bin.commands()).toEqual([`pulumi preview --suppress-permalink=true ${pack} --json --stack mine ${plain}`]);
    expect(bin.calls()[0]!.env["PULUMI_SKIP_CHECKPOINTS"]).toBe("true");
    bin.reset();
    bin.add("pulumi");
    await stack.preview();
    expect(bin.commands()).toEqual([`pulumi preview --diff --suppress-permalink=true ${pack} --stack mine ${plain}`]);
  });

  it("of Azure runs on the stand-in where there is no plugin, and says so", async () => {
    const reported = vi.spyOn(console, "error").mockReturnValue();
    initialized("mine");
    const stack = await Stack.open(environmentFile("mine", onAzure()));
    bin.reset();
    await stack.preview();
    const [{ env }] = bin.calls() as [ReturnType<typeof bin.calls>[number]];
    expect(env["PATH"]!.split(":")).toEqual([path.join(repoRoot, "tools/azure-stand-in"), bin.folder]);
    expect(reported.mock.calls).toEqual([
      ["the azure-native plugin is not installed: previewing on its stand-in; docs/azure.md says what that proves"],
    ]);
    writeFileSync(path.join(home, "pulumi-resource-azure-native"), "");
    vi.stubEnv("PATH", `${bin.folder}:${home}`);
    bin.reset();
    await stack.preview();
    expect(bin.calls()[0]!.env["PATH"]!.split(":")).not.toContain(path.join(repoRoot, "tools/azure-stand-in"));
  });

  it("of another cluster has no stand-in, and speaks of none", async () => {
    const reported = vi.spyOn(console, "error").mockReturnValue();
    const stack = await opened();
    await stack.preview();
    expect(reported).not.toHaveBeenCalled();
    expect(bin.calls()[0]!.env["PATH"]).toBe(bin.folder);
  });
});

it("tests put the stand-in on PATH for updates too, by its variables", async () => {
  await Stack.open(environmentFile("mine"), { SLM_AZURE_STANDIN_KUBECONFIG: "x" });
  expect(bin.calls()[0]!.env["PATH"]!.split(":")).toEqual([path.join(repoRoot, "tools/azure-stand-in"), bin.folder]);
});

it("a destroy deletes nothing while some of it is protected, and says what to do", async () => {
  const urn = "urn:pulumi:mine::slm::slm:cluster:AksCluster$azure-native:containerservice:ManagedCluster::";
  const resources = [{ urn: `${urn}aks-cluster`, protect: true }, { urn: `${urn}other`, protect: false }, { urn: `${urn}third` }];
  bin.add("pulumi", `case "$*" in *"stack export"*) echo '${JSON.stringify({ deployment: { resources } })}';; esac`);
  const stack = await opened();
  await expect(stack.destroy()).rejects.toThrow(
    new UserError(
      'ENV="mine": aks-cluster must not be protected when it is taken down; nothing was deleted',
      "set azure.protect to false and run make up ENV=mine; where no update goes through, pulumi state unprotect --all --stack mine",
    ),
  );
  expect(bin.commands()).toEqual([`pulumi stack export --stack mine ${plain}`]);
});

it("a destroy takes the resources, the stack and its copy of the settings, and keeps the environment's file", async () => {
  const stack = await opened();
  bin.add("pulumi", `case "$*" in *"stack export"*) echo '{"deployment":{}}';; esac`);
  await stack.destroy();
  expect(bin.commands()).toEqual([
    `pulumi stack export --stack mine ${plain}`,
    `pulumi destroy --yes --skip-preview --suppress-permalink=true --stack mine ${plain}`,
    `pulumi stack rm --yes --preserve-config mine ${plain}`,
  ]);
  expect(existsSync(path.join(local, "Pulumi.mine.yaml"))).toBe(false);
});

describe("the CLI", () => {
  it("answers with outputs and state as JSON", async () => {
    const stack = await opened();
    bin.add("pulumi", `echo '{"namespaceName":"slm"}'; echo ignored >&2`);
    expect(await stack.outputs()).toEqual({ namespaceName: "slm" });
    expect(await stack.export()).toEqual({ namespaceName: "slm" });
    expect(bin.commands()).toEqual([`pulumi stack output --json --stack mine ${plain}`, `pulumi stack export --stack mine ${plain}`]);
  });

  it("answers with what went to standard error where that is asked for", async () => {
    const stack = await opened();
    bin.add("pulumi", "echo out; echo err >&2");
    expect(await stack.pulumi(["about"], { quiet: true })).toBe("out");
    expect((await stack.pulumi(["about"], { quiet: true, withErrors: true })).split("\n").sort()).toEqual(["err", "out"]);
  });

  it("has a temporary folder of its own for each run, which goes with it, and is left to end tidily", async () => {
    const stack = await opened();
    const waits = () => process.listeners("SIGINT").some(({ name }) => name === "wait"); // Ctrl-C reaches the CLI, and does not end us
    const running = stack.pulumi(["about"], { quiet: true, env: { MORE: "yes" } });
    expect(waits()).toBe(true);
    await running;
    expect(waits()).toBe(false);
    const { env } = bin.calls()[0]!;
    expect([path.dirname(env["TMPDIR"]!), existsSync(env["TMPDIR"]!), env["MORE"]]).toEqual([path.join(home, "scratch/tmp"), false, "yes"]);
  });
});
