import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { startupProbe } from "../../lib/cold-start";
import { flag } from "../../lib/engines/accessor";
import { type EngineVersion, engineTable, type TableOf } from "../../lib/engines/tables";
import { draftFolder, type Weights } from "../../lib/weights/source";
import { restrictedContainer } from "../kubernetes/pod-security";
import { type EnginePod, httpLifecycle, resourcesOf, sharedMemory } from "./deployment";
import { folderSteps } from "./download-job";
import { escapedArgs, httpPorts, variables } from "./pod";
import { type ModelServer, type Server, serverOf } from "./server";
import type { ServerArgs } from "./server-args";
import { createServerObjects } from "./server-objects";
import { loadPath, modelPart, type Part, type WeightsPlace, weightsMounts, weightsPlace, weightsVolumes } from "./weights";

/** Inputs of {@link VllmServer}. */
export interface VllmServerArgs extends ServerArgs {
  /** Variables of vLLM's own, such as `VLLM_CPU_KVCACHE_SPACE`. @default vLLM's defaults */
  readonly settings?: Readonly<Record<string, string>>;
  /** Adapters (LoRA) by the name that clients ask for; `args` must turn them on. @default none */
  readonly adapters?: Readonly<Record<string, Weights>>;
  /** The smaller model that guesses tokens, mounted at `/draft`; `args` must name it in `--speculative-config`. @default none */
  readonly draft?: Weights;
  /** What it tells of each request. @default nothing */
  readonly telemetry?: Telemetry;
}

type Vllm = VllmServerArgs & Server;

/** Request ids and spans. A prompt is in neither; vLLM logs none unless `--enable-log-requests` is added, and the level is DEBUG. */
export interface Telemetry {
  /** Name of the environment, an attribute of every span. */
  readonly environment: string;
  /** Where spans go, by OTLP over gRPC. @default nowhere */
  readonly tracesEndpoint?: string;
}

/** One model, and its adapters, in vLLM. */
export class VllmServer extends pulumi.ComponentResource implements ModelServer {
  public readonly deployment: k8s.apps.v1.Deployment;
  public readonly engine = "vllm";
  public readonly revision: string;
  public readonly servedNames: readonly string[];
  public readonly embeds: readonly string[];
  public readonly onGpu: boolean;
  public readonly serves: boolean;
  public readonly autoscaled: boolean;
  /** The claim that the weights were downloaded to, if they were. */
  public readonly claim: k8s.core.v1.PersistentVolumeClaim | undefined;

  /** The names of its objects begin with `name`, a DNS label. */
  constructor(name: string, args: VllmServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:VllmServer", name, {}, opts);

    const { adapters = {}, draft } = args;
    const server = serverOf(this, name, "vllm", args, [...Object.values(adapters), ...(draft ? [draft] : [])]);
    const beside = [...Object.entries(adapters).map(adapterPart), ...(draft ? [draftPart(draft)] : [])];
    const place = weightsPlace(server, [modelPart(args.weights), ...beside]);
    const made = createServerObjects(server, place, folderSteps(server, place), podOf(server, place), this);
    this.claim = made.claim;
    this.deployment = made.deployment;
    this.revision = made.revision;
    this.onGpu = made.onGpu;
    this.serves = made.serves;
    this.autoscaled = made.autoscaled;
    this.servedNames = [server.servedName, ...Object.keys(adapters)];
    this.embeds = server.embeds ?? [];

    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}

const adapterPart = ([name, weights]: [string, Weights], index: number): Part => ({
  weights,
  volume: `adapter-${index}`,
  mountPath: `/adapters/${name}`,
  folder: `adapters/${name}`,
});

const draftPart = (weights: Weights): Part => ({ weights, volume: "draft", mountPath: draftFolder, folder: "draft" });

function podOf(server: Vllm, place: WeightsPlace): EnginePod {
  const shared = sharedMemory(server);
  return {
    volumes: [...weightsVolumes(place), ...shared.volumes],
    container: {
      ...restrictedContainer,
      name: "vllm",
      image: server.image,
      args: escapedArgs([...modelArgs(server, place), ...server.args, ...adapterArgs(server, place), ...telemetryArgs(server)]),
      env: [...variables({ ...environment, ...server.settings }), ...spanEnvironment(server)],
      ports: [{ name: "http", containerPort: httpPorts.vllm }],
      resources: resourcesOf(server),
      volumeMounts: [{ name: "scratch", mountPath: "/tmp" }, ...weightsMounts(place), ...shared.mounts],
      startupProbe: { httpGet: { path: "/health", port: "http" }, timeoutSeconds: 3, ...startupProbe(server.coldStart) },
      ...httpLifecycle(server, "/health"),
    },
  };
}

const tableOf = ({ version }: Server): TableOf<"vllm"> => engineTable("vllm", version as EngineVersion<"vllm">);

const modelArgs = (server: Vllm, { parts }: WeightsPlace): string[] => [
  ...flag(tableOf(server), "--model", loadPath(parts[0]!)),
  ...flag(tableOf(server), "--served-model-name", [server.servedName]),
];

/** Adapters are served beside the model, each under its own name. */
function adapterArgs(server: Vllm, { parts }: WeightsPlace): string[] {
  const modules = Object.keys(server.adapters ?? {}).map((name, index) =>
    JSON.stringify({ name, path: loadPath(parts[index + 1]!), base_model_name: server.servedName }),
  );
  return modules.length > 0 ? flag(tableOf(server), "--lora-modules", modules) : [];
}

/** The answer bears the request's id, the client's own or a new one, by which its span is found. */
function telemetryArgs(server: Vllm): string[] {
  if (!server.telemetry) return [];
  const { tracesEndpoint } = server.telemetry;
  return [
    ...flag(tableOf(server), "--enable-request-id-headers", true),
    ...(tracesEndpoint ? flag(tableOf(server), "--otlp-traces-endpoint", tracesEndpoint) : []),
  ];
}

/** What OpenTelemetry's SDK reads: whose spans they are. */
function spanEnvironment({ telemetry, servedName, namespace }: Vllm): k8s.types.input.core.v1.EnvVar[] {
  if (!telemetry?.tracesEndpoint) return [];
  const own = `model=${servedName},deployment.environment.name=${telemetry.environment}`;
  return [
    ...variables({ OTEL_SERVICE_NAME: servedName }),
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
