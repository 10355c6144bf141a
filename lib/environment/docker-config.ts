import { z } from "zod";

import * as bounds from "../gateway/limits";
import { defaultRetentionDays, retentionDays } from "../monitoring/limits";

/** This machine alone. */
export const loopback = "127.0.0.1";
/** Port of it that Prometheus listens at, unless set otherwise. */
export const defaultPrometheusPort = 9090;

/** Section `docker:` of an environment: how this machine reaches it, and what watches it. */
const section = z.strictObject({
  address: z
    .ipv4("must be an IPv4 address of this machine, such as 127.0.0.1")
    .default(loopback)
    .describe("Address of this machine that the gateway listens at; 0.0.0.0 is every one of them. Replaces the gateway's container."),
  port: bounds.port.default(8443).describe("Port of this machine that the gateway listens at. Replaces the gateway's container."),
  monitoring: z
    .strictObject({
      port: bounds.port
        .default(defaultPrometheusPort)
        .describe("Port of 127.0.0.1 that Prometheus listens at, for whoever is on this machine."),
      retentionDays: retentionDays.default(defaultRetentionDays).describe("Days for which series are kept."),
      grafanaPort: bounds.port
        .optional()
        .describe("Port of 127.0.0.1 of Grafana with our dashboards, which whoever is on this machine may look at. Default: no Grafana."),
    })
    .optional()
    .describe("Prometheus in a container, with the rules of every other environment. Default: none."),
});
export type DockerSection = z.infer<typeof section>;

/** {@link section}, in which each port is another one. */
export const docker = section.superRefine((settings, context) => {
  const ports = portsOf(settings);
  for (const [index, { setting, port }] of ports.entries()) {
    const other = ports.slice(0, index).find((taken) => taken.port === port);
    const path = setting.split(".").slice(1);
    if (other) context.addIssue({ code: "custom", path, message: `must be another port than ${other.setting}, got ${port}` });
  }
});

/** Images of the containers that watch, by their name in the images file. */
export const dockerMonitoringImages = (section: DockerSection | undefined): ("prometheus" | "grafana")[] =>
  section?.monitoring ? ["prometheus", ...(section.monitoring.grafanaPort === undefined ? [] : (["grafana"] as const))] : [];

/** A port of this machine that an environment takes, and the setting that names it. */
export interface TakenPort {
  readonly setting: string;
  readonly address: string;
  readonly port: number;
}

export const portsOf = ({ address, port, monitoring }: DockerSection): TakenPort[] => [
  { setting: "docker.port", address, port },
  ...(monitoring ? [{ setting: "docker.monitoring.port", address: loopback, port: monitoring.port }] : []),
  ...(monitoring?.grafanaPort === undefined
    ? []
    : [{ setting: "docker.monitoring.grafanaPort", address: loopback, port: monitoring.grafanaPort }]),
];

/** {@link docker} with every default filled in, where nobody wrote it. */
export const dockerDefaults = docker.parse({});

/** A path in what was written, and why it may not be there. */
export interface Refused {
  readonly path: readonly string[];
  readonly message: string;
}

const here = "the target is docker";
const leftOut = (why: string): string => `must be left out where ${here}: ${why}`;

/** Sections of a cluster, each with what takes its place. */
const sections: Readonly<Record<string, string>> = {
  azure: "it is a cluster on Azure",
  region: "nothing is priced or placed by region",
  kubernetes: "there is no cluster",
  pools: "there are no nodes",
  clients: "who may ask is said by consumers, and from where by docker.address",
  weightsFrom: "servers have no way out at all, and what downloads weights has all of it",
  hfToken: "a token would stand in a container's settings; download gated weights elsewhere, and have an image carry them (baked)",
  monitoring: "it watches clusters; docker.monitoring watches this machine",
  scaling: "there is one container of each model",
};

const ofGateway: Readonly<Record<string, string>> = {
  namespace: "there is no cluster",
  exposure: "docker.address says who reaches it",
  existing: "Envoy is a container of the environment",
  replicas: "there is one",
};

const ofModel: Readonly<Record<string, string>> = {
  replicas: "there is one container of each model",
  scaling: "there is one container of each model",
  tensorParallel: "a model has all GPUs that the engine reports",
  gpu: "this machine has the GPU that it has",
  size: "this machine has the size that it has",
  storage: "volumes are the engine's own, and grow as they need",
  nodeLabels: "there are no nodes",
  vllm: "vLLM does not run on Docker here yet",
};

type Raw = Readonly<Record<string, unknown>>;
const isRaw = (value: unknown): value is Raw => typeof value === "object" && value !== null && !Array.isArray(value);
const entries = (value: unknown): [string, unknown][] => (isRaw(value) ? Object.entries(value) : []);

const refusedIn = (value: unknown, at: readonly string[], why: Readonly<Record<string, string>>): Refused[] =>
  entries(value).flatMap(([key]) => (Object.hasOwn(why, key) ? [{ path: [...at, key], message: leftOut(why[key]!) }] : []));

/**
 * What an environment on Docker says that would reach nothing: it is refused, never left aside. It is looked for in what was written, since an
 * environment that is parsed has defaults in the places of what nobody wrote.
 */
export function dockerRefusals(raw: unknown): Refused[] {
  if (!isRaw(raw)) return [];
  if (raw["target"] !== "docker")
    return raw["docker"] === undefined ? [] : [{ path: ["target"], message: "must be docker where the section docker is given" }];
  const { gateway, models } = raw;
  const tls = isRaw(gateway) ? gateway["tls"] : undefined;
  return [
    ...refusedIn(raw, [], sections),
    ...(gateway === undefined ? [{ path: ["gateway"], message: `must be given where ${here}: models are reached by it alone` }] : []),
    ...refusedIn(gateway, ["gateway"], ofGateway),
    ...(isRaw(tls)
      ? [{ path: ["gateway", "tls"], message: `must be selfSigned where ${here}: there is no cluster that keeps another` }]
      : []),
    ...entries(models).flatMap(([name, model]) => modelRefusals(name, model)),
  ];
}

function modelRefusals(name: string, model: unknown): Refused[] {
  if (!isRaw(model)) return [];
  const at = ["models", name];
  const { engine, weights, ollama } = model;
  return [
    ...(engine === "vllm" ? [{ path: [...at, "engine"], message: `must be ollama or onnx where ${here}, got vllm` }] : []),
    ...refusedIn(model, at, ofModel),
    ...sourceRefusals(weights, [...at, "weights"]),
    ...entries(isRaw(ollama) ? ollama["additionalModels"] : undefined).flatMap(([other, entry]) =>
      sourceRefusals(isRaw(entry) ? entry["weights"] : undefined, [...at, "ollama", "additionalModels", other, "weights"]),
    ),
  ];
}

const mounted = new Set<unknown>(["image", "volume"]);

/** Docker mounts neither an image nor a claim. Sources of engines that do not run here are another target's. */
const sourceRefusals = (weights: unknown, at: readonly string[]): Refused[] =>
  entries(weights).flatMap(([engine, source]) =>
    engine !== "vllm" && isRaw(source) && mounted.has(source["kind"])
      ? [{ path: [...at, engine, "kind"], message: `must be huggingFace, library or baked where ${here}, got ${source["kind"]}` }]
      : [],
  );
