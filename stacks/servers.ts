import type * as pulumi from "@pulumi/pulumi";
import type { SecretStore } from "../components/secrets/secret-store";
import { fromPlan } from "../components/serving/from-plan";
import { OllamaServer } from "../components/serving/ollama-server";
import { OnnxServer } from "../components/serving/onnx-server";
import type { ModelServer } from "../components/serving/server";
import type { ServerArgs } from "../components/serving/server-args";
import { VllmServer } from "../components/serving/vllm-server";
import type { EngineName } from "../lib/engines/tables";
import type { ModelPlan } from "../lib/planner/types";
import type { Environment } from "./environment";
import { imageName } from "./image-names";
import { telemetryOf } from "./monitoring";

/** Name of the Hugging Face token in the store of secrets. */
export const hfTokenName = "hugging-face";

/** What all servers share, and where this one goes. */
interface Given extends Pick<ServerArgs, "namespace" | "nodes"> {
  readonly secrets: SecretStore | undefined;
  /** Images by name, each pinned by digest. */
  readonly images: Readonly<Record<string, pulumi.Input<string>>>;
}

/** The server of one model. */
export function createServer(
  plan: ModelPlan,
  { images, secrets, namespace, nodes }: Given,
  environment: Environment,
  opts: pulumi.ComponentResourceOptions,
): ModelServer {
  const entry = environment.models[plan.name]!;
  const planned = fromPlan(plan);
  const args: ServerArgs = {
    ...planned,
    namespace,
    image: images[imageName(plan)]!,
    ...(environment.hfToken ? tokenOf(plan, secrets, namespace) : {}),
    ...(environment.hfEndpoint ? { hfEndpoint: environment.hfEndpoint } : {}),
    nodes: { ...nodes, labels: { ...planned.nodes.labels, ...nodes?.labels, ...entry.nodeLabels } },
  };
  return creators[plan.engine](args, plan, environment, opts);
}

/** The token, for the one pod that takes it to Hugging Face: its workload reads nothing else. */
function tokenOf(
  { name, weights, adapters }: ModelPlan,
  secrets: SecretStore | undefined,
  namespace: pulumi.Input<string>,
): Pick<ServerArgs, "hfToken"> {
  const needed = [weights, ...Object.values(adapters)].some(({ source }) => source.kind === "huggingFace");
  if (!secrets || !needed) return {};
  return { hfToken: { mount: secrets.grant({ name: `${name}-weights`, namespace }, [hfTokenName]), name: hfTokenName } };
}

type Creator = (args: ServerArgs, plan: ModelPlan, environment: Environment, opts: pulumi.ComponentResourceOptions) => ModelServer;

const creators: Readonly<Record<EngineName, Creator>> = {
  vllm(args, { name, adapters, environment: settings }, environment, opts) {
    const telemetry = telemetryOf(environment);
    return new VllmServer(name, { ...args, settings, adapters, ...(telemetry ? { telemetry } : {}) }, opts);
  },
  ollama({ args: _args, ...args }, { name, more: additionalModels, environment: settings }, { models }, opts) {
    const { variants = {}, keepAlive, more: _more, ...modelfile } = models[name]!.ollama ?? {};
    const own = { settings, modelfile, variants, additionalModels, ...(keepAlive ? { keepAlive } : {}) };
    return new OllamaServer(name, { ...args, ...own }, opts);
  },
  onnx: (args, { name }, _environment, opts) => new OnnxServer(name, args, opts),
};
