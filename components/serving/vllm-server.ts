import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { startupProbe } from "../../lib/cold-start";
import { flag } from "../../lib/engines/accessor";
import { engineTable, type TableOf } from "../../lib/engines/tables";
import type { Weights } from "../../lib/weights/source";
import { check } from "../check";
import { checkServer } from "./check-server";
import { lifecycle, serverObjects, sharedMemory } from "./deployment";
import { resources, restrictedContainer, variables } from "./pod";
import type { ServerArgs } from "./server-args";
import { sourceVolume, weightsClaim, weightsMount } from "./weights";
import { bringParts, weightsPod } from "./weights-pod";

/** Inputs of {@link VllmServer}. */
export interface VllmServerArgs extends ServerArgs {
  /** Adapters (LoRA) by the name that clients ask for. @default none */
  readonly adapters?: Readonly<Record<string, Weights>>;
  /** What it tells of each request. @default nothing */
  readonly telemetry?: Telemetry;
}

/** Request ids and spans. A prompt is in neither; vLLM logs none unless `--enable-log-requests` is added, and the level is DEBUG. */
export interface Telemetry {
  /** Name of the environment, an attribute of every span. */
  readonly environment: string;
  /** Where spans go, by OTLP over gRPC. @default nowhere */
  readonly tracesEndpoint?: string;
}

/** One model, and its adapters, in vLLM. */
export class VllmServer extends pulumi.ComponentResource {
  /** The Deployment, ready. */
  public readonly deployment: k8s.apps.v1.Deployment;

  /** The names of its objects begin with `name`, a DNS label; clients ask for the model by the name in its plan. */
  constructor(name: string, args: VllmServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:VllmServer", name, {}, opts);

    checkServer(this, name, args, "vllm");
    for (const [adapter, { source }] of Object.entries(args.adapters ?? {}))
      check(this, `adapters.${adapter}.source.kind`, adapterKind, source.kind);
    const claim = weightsClaim(name, args, this);
    const weights = weightsMount(args.plan.weights, claim?.metadata.name);
    const brought = weightsPod(name, args, bringParts(args, claim?.metadata.name), this);
    this.deployment = serverObjects(name, args, podOf(args, weights), this, brought);

    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}

/** Nothing downloads an adapter, and vLLM streams none. */
const adapterKind = z.enum(["image", "volume", "baked"], "must be image, volume or baked");

function podOf(args: VllmServerArgs, weights: ReturnType<typeof weightsMount>) {
  const adapters = Object.entries(args.adapters ?? {});
  const shared = sharedMemory(args);
  const folders = adapters.flatMap(([name, adapter], index) => {
    const volume = sourceVolume(`adapter-${index}`, adapter, undefined);
    return volume ? [{ volume, mount: { name: volume.name, mountPath: `/adapters/${name}`, readOnly: true } }] : [];
  });
  return {
    volumes: [...weights.volumes, ...shared.volumes, ...folders.map(({ volume }) => volume)],
    container: container(args, [...weights.mounts, ...shared.mounts, ...folders.map(({ mount }) => mount)]),
  };
}

function container(args: VllmServerArgs, mounts: k8s.types.input.core.v1.VolumeMount[]): k8s.types.input.core.v1.Container {
  const { plan, image } = args;
  return {
    ...restrictedContainer,
    name: "vllm",
    image,
    args: [...plan.args, ...adapterArgs(args), ...telemetryArgs(args)],
    env: [...variables({ ...environment, ...blobEnvironment(plan.weights), ...plan.environment }), ...spanEnvironment(args)],
    ports: [{ name: "http", containerPort: 8000 }],
    resources: resources(plan),
    volumeMounts: [{ name: "scratch", mountPath: "/tmp" }, ...mounts],
    startupProbe: { httpGet: { path: "/health", port: "http" }, timeoutSeconds: 3, ...startupProbe(plan.coldStart) },
    ...lifecycle(args, "/health"),
  };
}

/** Adapters are served beside the model, each under its own name. */
function adapterArgs({ adapters = {}, plan }: VllmServerArgs): string[] {
  const modules = Object.entries(adapters).map(([name, { source, load }]) => {
    const inside = source.kind === "image" || source.kind === "volume" ? load.replace(/^\/weights/, `/adapters/${name}`) : load;
    return JSON.stringify({ name, path: inside, base_model_name: plan.name });
  });
  return modules.length > 0 ? flag(tableOf(plan.version), "--lora-modules", modules) : [];
}

const tableOf = (version: string): TableOf<"vllm"> => engineTable("vllm", version as TableOf<"vllm">["version"]);

/** The answer bears the request's id, the client's own or a new one, by which its span is found. */
function telemetryArgs({ telemetry, plan }: VllmServerArgs): string[] {
  if (!telemetry) return [];
  const table = tableOf(plan.version);
  const { tracesEndpoint } = telemetry;
  return [
    ...flag(table, "--enable-request-id-headers", true),
    ...(tracesEndpoint ? flag(table, "--otlp-traces-endpoint", tracesEndpoint) : []),
  ];
}

/** What OpenTelemetry's SDK reads: whose spans they are. */
function spanEnvironment({ telemetry, plan, namespace }: VllmServerArgs): k8s.types.input.core.v1.EnvVar[] {
  if (!telemetry?.tracesEndpoint) return [];
  const own = `model=${plan.name},deployment.environment.name=${telemetry.environment}`;
  return [
    ...variables({ OTEL_SERVICE_NAME: plan.name }),
    { name: "OTEL_RESOURCE_ATTRIBUTES", value: pulumi.interpolate`${own},k8s.namespace.name=${namespace}` },
  ];
}

/** Caches go where a user that is not root may write; nothing is fetched or reported while serving. */
const environment = {
  HOME: "/tmp",
  XDG_CACHE_HOME: "/tmp/cache",
  HF_HOME: "/tmp/hugging-face",
  HF_HUB_OFFLINE: "1",
  TRANSFORMERS_OFFLINE: "1",
  VLLM_CACHE_ROOT: "/tmp/cache/vllm",
  TORCHINDUCTOR_CACHE_DIR: "/tmp/cache/torchinductor",
  TRITON_CACHE_DIR: "/tmp/cache/triton",
  VLLM_NO_USAGE_STATS: "1",
};

/** The streamer reads the account's name from the environment, and finds its credentials by workload identity. */
const blobEnvironment = ({ source }: Weights): Record<string, string> =>
  source.kind === "azureBlob" ? { AZURE_STORAGE_ACCOUNT_NAME: source.account } : {};
