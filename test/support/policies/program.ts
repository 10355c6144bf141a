import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { composeAzure } from "../../../components/environment/azure";
import { makeMonitoring } from "../../../components/environment/monitoring";
import { namespaceArgs } from "../../../components/environment/namespace";
import { createModel } from "../../../components/environment/servers";
import { ModelNamespace } from "../../../components/namespace/model-namespace";
import { deployablePlan } from "../../../lib/environment/plan-request";
import type { EnvironmentFile } from "../../../tools/lib/environment";
import { mockAzure, quiet } from "../azure-mocks";
import { FilledIn } from "../filled-in";
import type { Fixture } from "./fixtures";

/** Production on Azure with a model of each kind of server, weights of each way to come, and the monitoring; `folder` holds its files. */
export function exampleEnvironment(folder: string): EnvironmentFile {
  const size = "Standard_NC24ads_A100_v4";
  return new FilledIn(folder).environment("test", "prod", (config) => {
    config["slm:region"] = "eastus";
    config["slm:azure"].pools = { [size]: { scale: { kind: "auto", minNodes: 1, maxNodes: 2 } } };
    Object.assign(config["slm:models"].chat, { size, replicas: 1 });
    const baked = { ollama: { kind: "baked", path: "/models/model.gguf" } };
    config["slm:models"].draft = { engine: "ollama", model: "qwen3-0.6b", cpu: true, contextTokens: 4096, weights: baked };
    config["slm:monitoring"] = {
      ...{ mode: "standalone", namespace: "monitoring", logs: { kind: "files" }, traces: { ratio: 0.1 } },
      grafana: { adminPassword: { secret: "grafana", key: "password" } },
      receivers: { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } },
      routes: { critical: "hook", warning: "hook" },
    };
  });
}

/** Every resource of an environment on Azure, as the components register it under mocks; call once per file. */
export async function registeredFixtures(file: EnvironmentFile): Promise<Fixture[]> {
  await mockAzure();
  const requests = recordRequests();
  makeParts(file);
  await quiet();
  return requests.map(fixtureOf);
}

/** What the component `Environment` makes, each part on its own: as the program did in 0.1. */
export function makeParts({ name, environment }: EnvironmentFile): void {
  const plan = deployablePlan(environment);
  if (plan.faults.length > 0) throw new Error(JSON.stringify(plan.faults));
  const values = { "hugging-face": pulumi.secret("hf_not_a_token") };
  const { provider, secrets, placements } = composeAzure({ name, settings: environment.azure!, plan, secrets: values, hostNames: true });
  const namespace = new ModelNamespace("namespace", namespaceArgs(environment, plan), { provider });
  const shared = { namespace: namespace.namespaceName };
  const images = environment.imageDigests;
  for (const model of plan.models) {
    const { nodeSelector: labels, taints, ready } = placements[model.name]!;
    createModel(model, { ...shared, secrets, images, nodes: { labels, taints, ready } }, environment, { provider });
  }
  makeMonitoring(environment, plan, provider, secrets);
}

/** The requests that the program sends the engine: they bear the options too. */
function recordRequests(): RegisterResourceRequest[] {
  const requests: RegisterResourceRequest[] = [];
  const monitor = pulumi.runtime.getMonitor()!;
  const original = monitor.registerResource as (request: RegisterResourceRequest, callback: never) => unknown;
  const recording: typeof original = (request, callback) => {
    requests.push(request);
    return original.call(monitor, request, callback);
  };
  Object.assign(monitor, { registerResource: recording });
  return requests;
}

function fixtureOf(request: RegisterResourceRequest): Fixture {
  const ignoreChanges = request.getIgnorechangesList();
  const create = request.getCustomtimeouts()?.getCreate();
  const dependsOn = request.getDependenciesList().map(nameIn).toSorted();
  const parent = nameIn(request.getParent());
  return {
    type: request.getType(),
    name: request.getName(),
    opts: {
      ...(request.getProtect() ? { protect: true } : {}),
      ...(ignoreChanges.length > 0 ? { ignoreChanges } : {}),
      ...(create ? { createSeconds: secondsOf(create) } : {}),
      ...(dependsOn.length > 0 ? { dependsOn } : {}),
      ...(parent ? { parent } : {}),
    },
    props: revealed(request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>,
  };
}

/** Name of a resource other than the stack, by its URN. */
const nameIn = (urn: string): string => {
  const [, , type, ...name] = urn.split("::");
  return type === "pulumi:pulumi:Stack" ? "" : name.join("::");
};
const secondsOf = (duration: string): number => Number.parseInt(duration, 10) * (duration.endsWith("m") ? 60 : 1);

/** The engine's protocol wraps a secret; rules are shown what is in it. */
function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revealed);
  const { "4dabf18193072939515e22adb298388d": signature, ...rest } = value as Record<string, unknown>;
  if (signature === "1b47061264138c4ac30d75fd1eb44270") return revealed(rest["value"]);
  return Object.fromEntries(Object.entries(rest).map(([key, inner]) => [key, revealed(inner)]));
}
