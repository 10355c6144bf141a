import type * as pulumi from "@pulumi/pulumi";

import type { EngineName } from "../components/lib/engines/tables";
import type { ModelPlan } from "../components/lib/planner/types";
import { loadOf } from "../components/lib/weights/source";
import { OllamaServer } from "../components/serving/ollama-server";
import { OnnxServer } from "../components/serving/onnx-server";
import type { ServerArgs } from "../components/serving/server-args";
import { VllmServer } from "../components/serving/vllm-server";
import type { Environment, EnvironmentModel } from "./environment";
import { imageName } from "./image-names";
import { telemetryOf } from "./monitoring";
import { toSource } from "./plan-request";

/** The server of one model, and the names that it answers to beside the model's own. */
export function makeServer(
  plan: ModelPlan,
  {
    images,
    ...shared
  }: Pick<ServerArgs, "namespace" | "hfTokenSecret" | "nodes"> & { images: Readonly<Record<string, pulumi.Input<string>>> },
  environment: Environment,
  opts: pulumi.ComponentResourceOptions,
) {
  const entry = environment.models[plan.name]!;
  const args: ServerArgs = {
    ...shared,
    plan,
    image: images[imageName(plan)]!,
    ...(entry.storage ? { storage: entry.storage } : {}),
    ...(environment.hfEndpoint ? { hfEndpoint: environment.hfEndpoint } : {}),
    nodes: { ...shared.nodes, labels: { ...shared.nodes?.labels, ...entry.nodeLabels } },
  };
  const { server, alsoServes } = makers[plan.engine](args, entry, environment, opts);
  return { deployment: server.deployment, alsoServes };
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
