import type * as pulumi from "@pulumi/pulumi";

import type { EngineName } from "../../lib/engines/tables";
import type { ModelPlan } from "../../lib/planner/types";
import { fromPlan } from "./from-plan";
import type { Modelfile } from "./ollama-models";
import { type OllamaCustomisation, OllamaServer } from "./ollama-server";
import { OnnxServer } from "./onnx-server";
import type { ModelServer } from "./server";
import type { Nodes, ServerArgs } from "./server-args";
import { type Telemetry, VllmServer } from "./vllm-server";

/** What is no part of a plan: where a server goes, and how its engine is customised. */
export interface ServerSettings extends Pick<ServerArgs, "namespace" | "image" | "pod" | "hfToken" | "hfEndpoint"> {
  /** Nodes that the pods must run on, beside what the plan says. @default any that fits */
  readonly nodes?: Nodes;
  /** What vLLM tells of each request; other engines have nothing to tell. @default nothing */
  readonly telemetry?: Telemetry;
  /** How Ollama customises the model, and how long an idle one stays loaded; of no meaning to other engines. @default not at all */
  readonly ollama?: OllamaSettings;
}

/** Ollama's own settings of a model. */
export type OllamaSettings = Modelfile & OllamaCustomisation;

/** The server that a plan asks for. */
export function createServer(
  name: string,
  plan: ModelPlan,
  { nodes = {}, telemetry, ollama = {}, ...settings }: ServerSettings,
  opts: pulumi.ComponentResourceOptions,
): ModelServer {
  const planned = fromPlan(plan);
  const args: ServerArgs = { ...planned, ...settings, nodes: { ...nodes, labels: { ...planned.nodes.labels, ...nodes.labels } } };
  return creators[plan.engine](name, args, plan, { telemetry, ollama }, opts);
}

type Own = { readonly telemetry: Telemetry | undefined; readonly ollama: OllamaSettings };
type Creator = (name: string, args: ServerArgs, plan: ModelPlan, own: Own, opts: pulumi.ComponentResourceOptions) => ModelServer;

const creators: Readonly<Record<EngineName, Creator>> = {
  vllm: (name, args, { adapters, draft, environment }, { telemetry }, opts) =>
    new VllmServer(
      name,
      { ...args, settings: environment, adapters, ...(draft ? { draft } : {}), ...(telemetry ? { telemetry } : {}) },
      opts,
    ),
  ollama(
    name,
    { args: _args, ...args },
    { additionalModels: additional, environment },
    { ollama: { variants, keepAlive, ...modelfile } },
    opts,
  ) {
    const own = { ...(variants ? { variants } : {}), ...(keepAlive ? { keepAlive } : {}) };
    return new OllamaServer(name, { ...args, settings: environment, modelfile, additionalModels: additional, ...own }, opts);
  },
  onnx: (name, args, _plan, _own, opts) => new OnnxServer(name, args, opts),
};
