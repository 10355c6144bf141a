import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { check } from "../check";
import { type ColdStart, deadlineSeconds, defaultColdStart, startupProbe } from "../lib/cold-start";
import * as limits from "../lib/limits";
import { loaderScript, type OllamaSource } from "./ollama-loader";
import { restrictedContainer, restrictedPod, serverLabels } from "./pod";

/** Inputs of {@link OllamaServer}. */
export interface OllamaServerArgs {
  /** Ollama image, pinned by digest. */
  image: string;
  /** Where the model comes from. */
  source: OllamaSource;
  /** Namespace of every resource. Replaces them all when it changes. */
  namespace: pulumi.Input<string>;
  /** Memory request and limit, in MiB; 256 to 2097152. @default 2048 */
  memoryMib?: number;
  /** Processor request, in cores; 0.1 to 256. @default 1 */
  cpuCores?: number;
  /** Size of the volume that keeps the model, in GiB; 1 to 4096. Replaces the volume, and brings the model again. @default 10 */
  storageGib?: number;
  /** Context of a request, in tokens; 256 to 10485760. @default 4096, Ollama's own below 24 GiB of GPU memory */
  contextTokens?: number;
  /** How long each stage of a cold start may take. @default {@link defaultColdStart} */
  coldStart?: ColdStart;
}

const port = 11434;
const skipAwait = { "pulumi.com/skipAwait": "true" };
/** Seconds that a pod keeps serving after its endpoint is withdrawn, and then to finish what it serves. */
const drain = { preStopSeconds: 5, graceSeconds: 60 };

/** One model in Ollama, behind a stable in-cluster OpenAI-compatible endpoint. */
export class OllamaServer extends pulumi.ComponentResource {
  /** Base URL of the OpenAI-compatible API for clients in the cluster. */
  public readonly url: pulumi.Output<string>;
  /** The same by the Service's address, for clients that reach the cluster's network but not its DNS. */
  public readonly addressUrl: pulumi.Output<string>;

  /** `name` is the name by which clients ask for the model, and of the Service; a DNS label. */
  constructor(name: string, args: OllamaServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:OllamaServer", name, args, opts);

    const settings = validate(this, name, args);
    const metadata = { name, namespace: args.namespace, labels: serverLabels(name, "ollama") };
    const customTimeouts = { create: `${deadlineSeconds(settings.coldStart)}s`, update: `${deadlineSeconds(settings.coldStart)}s` };

    const volume = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-models`,
      {
        // A volume that binds at its first consumer is never ready before its pod: waiting for it would wait for ever.
        metadata: { ...metadata, annotations: skipAwait },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: `${settings.storageGib}Gi` } } },
      },
      { parent: this },
    );
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-server`,
      { metadata, spec: deploymentSpec(name, settings, volume.metadata.name) },
      { parent: this, customTimeouts },
    );
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      // The Deployment is ready, so the Service has its endpoints: waiting for it to settle would cost ten seconds and tell nothing.
      {
        metadata: { ...metadata, annotations: skipAwait },
        spec: { selector: metadata.labels, ports: [{ name: "http", port, targetPort: "http" }] },
      },
      { parent: this, dependsOn: [deployment] },
    );

    this.url = pulumi.interpolate`http://${service.metadata.name}.${service.metadata.namespace}.svc.cluster.local:${port}/v1`;
    this.addressUrl = pulumi.interpolate`http://${service.spec.clusterIP}:${port}/v1`;
    this.registerOutputs({ url: this.url, addressUrl: this.addressUrl });
  }
}

type Settings = Required<Omit<OllamaServerArgs, "namespace">>;

function validate(self: OllamaServer, name: string, args: OllamaServerArgs): Settings {
  check(self, "name", limits.dnsLabel, name);
  return {
    image: check(self, "image", limits.pinnedImage, args.image),
    source: args.source,
    memoryMib: check(self, "memoryMib", limits.memoryMib, args.memoryMib ?? 2048),
    cpuCores: check(self, "cpuCores", limits.cpuCores, args.cpuCores ?? 1),
    storageGib: check(self, "storageGib", limits.storageGib, args.storageGib ?? 10),
    contextTokens: check(self, "contextTokens", limits.contextTokens, args.contextTokens ?? 4096),
    coldStart: args.coldStart ?? defaultColdStart,
  };
}

function deploymentSpec(name: string, settings: Settings, claim: pulumi.Input<string>): k8s.types.input.apps.v1.DeploymentSpec {
  const labels = serverLabels(name, "ollama");
  return {
    replicas: 1,
    // The volume serves one node at a time: a surge pod on another node would wait for it for ever. Not `Recreate`: Pulumi
    // would take the moment without any pod for the end of the rollout.
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    progressDeadlineSeconds: deadlineSeconds(settings.coldStart),
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        ...restrictedPod,
        terminationGracePeriodSeconds: drain.preStopSeconds + drain.graceSeconds,
        initContainers: [loader(name, settings)],
        containers: [server(name, settings)],
        volumes: [
          { name: "models", persistentVolumeClaim: { claimName: claim } },
          { name: "scratch", emptyDir: {} },
        ],
      },
    },
  };
}

/** What the loader and the server share. */
function ollama({ image, memoryMib, cpuCores, contextTokens }: Settings) {
  const memory = `${memoryMib}Mi`;
  const variables = {
    HOME: "/tmp",
    OLLAMA_HOST: `0.0.0.0:${port}`,
    OLLAMA_MODELS: "/var/lib/ollama",
    OLLAMA_KEEP_ALIVE: "-1", // the one model of this server stays loaded
    OLLAMA_NO_CLOUD: "1",
    OLLAMA_CONTEXT_LENGTH: String(contextTokens),
  };
  return {
    ...restrictedContainer,
    image,
    env: Object.entries(variables).map(([variable, value]) => ({ name: variable, value })),
    resources: { requests: { cpu: String(cpuCores), memory }, limits: { memory } },
    volumeMounts: [
      { name: "models", mountPath: "/var/lib/ollama" },
      { name: "scratch", mountPath: "/tmp" },
    ],
  };
}

function loader(name: string, settings: Settings): k8s.types.input.core.v1.Container {
  const shared = ollama(settings);
  const source = settings.source.kind === "library" ? settings.source.tag : settings.source.path;
  return {
    ...shared,
    name: "bring-model",
    command: ["/bin/sh", "-c", loaderScript(settings.source)],
    env: [...shared.env, { name: "MODEL", value: name }, { name: "SOURCE", value: source }],
  };
}

function server(name: string, settings: Settings): k8s.types.input.core.v1.Container {
  return {
    ...ollama(settings),
    name: "ollama",
    args: ["serve"],
    ports: [{ name: "http", containerPort: port }],
    lifecycle: { preStop: { sleep: { seconds: drain.preStopSeconds } } },
    // Ollama says that it is well before a model is loaded: an empty question loads it, and answers when that is done.
    startupProbe: { exec: { command: ["ollama", "run", name, ""] }, ...startupProbe(settings.coldStart) },
    readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 2 },
    livenessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
  };
}
