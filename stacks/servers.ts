import type * as pulumi from "@pulumi/pulumi";
import type { SecretStore } from "../components/secrets/secret-store";
import { OllamaServer } from "../components/serving/ollama-server";
import { OnnxServer } from "../components/serving/onnx-server";
import type { ServerArgs } from "../components/serving/server-args";
import { VllmServer } from "../components/serving/vllm-server";
import type { EngineName } from "../lib/engines/tables";
import type { ModelPlan } from "../lib/planner/types";
import { loadOf } from "../lib/weights/source";
import type { Environment, EnvironmentModel } from "./environment";
import { imageName } from "./image-names";
import { telemetryOf } from "./monitoring";
import { toSource } from "./plan-request";

/** Name of the Hugging Face token in the store of secrets. */
export const hfTokenName = "hugging-face";

/** What all servers share, and where this one goes. */
interface Given extends Pick<ServerArgs, "namespace" | "nodes"> {
  readonly secrets: SecretStore | undefined;
  /** Images by name, each pinned by digest. */
  readonly images: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The server of one model, and the names that it answers to beside the model's own. */
export function makeServer(
  plan: ModelPlan,
  { images, secrets, ...shared }: Given,
  environment: Environment,
  opts: pulumi.ComponentResourceOptions,
) {
  const entry = environment.models[plan.name]!;
  const args: ServerArgs = {
    ...shared,
    plan,
    image: images[imageName(plan)]!,
    ...(environment.hfToken ? tokenOf(plan, secrets, shared.namespace) : {}),
    ...(entry.storage ? { storage: entry.storage } : {}),
    ...(environment.hfEndpoint ? { hfEndpoint: environment.hfEndpoint } : {}),
    nodes: { ...shared.nodes, labels: { ...shared.nodes?.labels, ...entry.nodeLabels } },
  };
  const { server, alsoServes } = makers[plan.engine](args, entry, environment, opts);
  return { deployment: server.deployment, alsoServes };
}

/** The token, for the one pod that takes it to Hugging Face: its workload reads nothing else. */
function tokenOf(
  { name, weights }: ModelPlan,
  secrets: SecretStore | undefined,
  namespace: pulumi.Input<string>,
): Pick<ServerArgs, "hfToken"> {
  if (!secrets || weights.source.kind !== "huggingFace") return {};
  return { hfToken: { mount: secrets.grant({ name: `${name}-weights`, namespace }, [hfTokenName]), name: hfTokenName } };
}

type Maker = (
  args: ServerArgs,
  entry: EnvironmentModel,
  environment: Environment,
  opts: pulumi.ComponentResourceOptions,
) => {
  server: VllmServer | OllamaServer | OnnxServer;
  alsoServes: readonly string[];
};

const makers: Readonly<Record<EngineName, Maker>> = {
  vllm(args, { vllm }, environment, opts) {
    const adapters = Object.fromEntries(
      Object.entries(vllm?.adapters ?? {}).map(([name, { source: written }]) => {
        const source = toSource(written, environment);
        return [name, { source, load: loadOf(source) }];
      }),
    );
    const telemetry = telemetryOf(environment);
    const own = { ...args, adapters, ...(telemetry ? { telemetry } : {}) };
    return { server: new VllmServer(args.plan.name, own, opts), alsoServes: Object.keys(adapters) };
  },
  ollama(args, { ollama = {} }, _environment, opts) {
    const { variants = {}, keepAlive, more = {}, ...modelfile } = ollama;
    const own = { ...args, modelfile, variants, ...(keepAlive ? { keepAlive } : {}) };
    return { server: new OllamaServer(args.plan.name, own, opts), alsoServes: [...Object.keys(variants), ...Object.keys(more)] };
  },
  onnx: (args, _entry, _environment, opts) => ({ server: new OnnxServer(args.plan.name, args, opts), alsoServes: [] }),
};
