import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { startupProbe } from "../../lib/cold-start";
import { drains } from "../../lib/drain";
import { isBrought, type Weights } from "../../lib/weights/source";
import { checkServer } from "./check-server";
import { lifecycle, serverObjects } from "./deployment";
import { bringScript, bringVariables, type Modelfile, type OllamaModel, ollamaModel } from "./ollama-models";
import { resources, restrictedContainer, variables } from "./pod";
import type { ServerArgs } from "./server-args";
import { sourcesOf, sourceVolume, weightsClaim } from "./weights";
import { checkWeights, type WeightsPodParts, weightsPod } from "./weights-pod";

/** Inputs of {@link OllamaServer}. Further models of the server come from the plan. */
export interface OllamaServerArgs extends ServerArgs {
  /** How the model is customised. @default not at all */
  readonly modelfile?: Modelfile;
  /** The same weights under further names, each customised. @default none */
  readonly variants?: Readonly<Record<string, Modelfile>>;
  /** How long an idle model stays loaded: a duration, or -1 for ever. @default -1 */
  readonly keepAlive?: string;
}

const port = 11434;
const storeFolder = "/var/lib/ollama";

/** One model in Ollama, with further models and variants in the same server. */
export class OllamaServer extends pulumi.ComponentResource {
  /** The Deployment, ready. */
  public readonly deployment: k8s.apps.v1.Deployment;

  /** The names of its objects begin with `name`, a DNS label; clients ask for the model by the name in its plan. */
  constructor(name: string, args: OllamaServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:OllamaServer", name, {}, opts);

    checkServer(this, name, args, "ollama");
    const claim = weightsClaim(name, args, this);
    const store = storeOf(claim?.metadata.name);
    const brought = weightsPod(name, args, bringParts(args, store), this);
    this.deployment = serverObjects(name, args, podOf(args, store), this, brought);

    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}

/** Every model of the server, the plan's own first. */
export function modelsOf({ plan, modelfile, variants = {} }: OllamaServerArgs): OllamaModel[] {
  return [
    ollamaModel(plan.name, plan.weights, modelfile),
    ...Object.entries(variants).map(([name, variant]) => ollamaModel(name, plan.weights, variant)),
    ...Object.entries(plan.more).map(([name, weights], index) => ollamaModel(name, mountedAt(weights, index + 1))),
  ];
}

/** Where the n-th source of a server is mounted; the first keeps the plan's path. */
const mountOf = (index: number): string => (index === 0 ? "/weights" : `/weights-${index}`);
const mountedAt = (weights: Weights, index: number): Weights => ({
  ...weights,
  load: weights.load.replace(/^\/weights(?=\/)/, mountOf(index)),
});

/** Where Ollama keeps its models: the claim that they are brought to, or space of each pod, filled when the pod starts. */
const storeOf = (claim: pulumi.Input<string> | undefined) => ({
  kept: claim !== undefined,
  volume: { name: "store", ...(claim === undefined ? { emptyDir: {} } : { persistentVolumeClaim: { claimName: claim } }) },
});
type Store = ReturnType<typeof storeOf>;
const storeMount = { name: "store", mountPath: storeFolder };

/** Sources that are mounted as they are, each at a place of its own. */
function mountedSources(args: OllamaServerArgs) {
  const mounted = sourcesOf(args).flatMap((weights, index) => {
    const volume = isBrought(weights.source) ? undefined : sourceVolume(`weights-${index}`, weights, undefined);
    return volume ? [{ volume, mount: { name: volume.name, mountPath: mountOf(index), readOnly: true } }] : [];
  });
  return { volumes: mounted.map(({ volume }) => volume), mounts: mounted.map(({ mount }) => mount) };
}

/** What happens before the Deployment: models are made in a store that is kept, and every locked file is compared. */
function bringParts(args: OllamaServerArgs, store: Store): WeightsPodParts {
  const { volumes, mounts } = mountedSources(args);
  const checks = sourcesOf(args).flatMap((weights, index) =>
    isBrought(weights.source) ? checkWeights(weights, index, storeFolder) : checkWeights(mountedAt(weights, index), index),
  );
  const bring = store.kept
    ? [{ line: '/bin/sh -c "$BRING"', variables: { BRING: bringScript(modelsOf(args).length), ...variablesOf(args) } }]
    : [];
  return {
    steps: [...bring, ...checks],
    volumes: [...(store.kept ? [store.volume] : []), ...volumes],
    mounts: [...(store.kept ? [storeMount] : []), ...mounts],
  };
}

function podOf(args: OllamaServerArgs, store: Store) {
  if (store.kept) return { container: server(args), volumes: [store.volume] };
  const { volumes, mounts } = mountedSources(args);
  const { env, ...shared } = ollama(args);
  const make = {
    ...shared,
    name: "make-models",
    command: ["/bin/sh", "-c", bringScript(modelsOf(args).length)],
    env: [...env, ...variables(bringVariables(modelsOf(args)))],
    volumeMounts: [...shared.volumeMounts, ...mounts],
  };
  return { container: server(args), initContainers: [make], volumes: [store.volume, ...volumes] };
}

/** Leaves when no connection is open; the kernel lists them, state 01, by the port in hexadecimal digits. */
const drainScript = [
  `sleep ${drains.ollama.preStopSeconds}; n=0`,
  `while [ $n -lt ${drains.ollama.waitSeconds} ] && cat /proc/net/tcp /proc/net/tcp6 | grep -q ':${port.toString(16).toUpperCase()} [0-9A-F]*:[0-9A-F]* 01 '; do sleep 1; n=$((n + 1)); done`,
].join("; ");

/** Ollama's own settings. */
const settings = ({ plan, keepAlive = "-1" }: Pick<OllamaServerArgs, "plan" | "keepAlive">): Record<string, string> => ({
  HOME: "/tmp",
  OLLAMA_HOST: `0.0.0.0:${port}`,
  OLLAMA_MODELS: storeFolder,
  OLLAMA_KEEP_ALIVE: keepAlive,
  OLLAMA_NO_CLOUD: "1",
  ...plan.environment,
});

const variablesOf = (args: OllamaServerArgs): Record<string, string> => ({ ...settings(args), ...bringVariables(modelsOf(args)) });

/** What bringing and serving share. */
function ollama({ image, plan, keepAlive }: OllamaServerArgs) {
  return {
    ...restrictedContainer,
    image,
    env: variables(settings({ plan, keepAlive })),
    resources: resources(plan),
    volumeMounts: [storeMount, { name: "scratch", mountPath: "/tmp" }],
  };
}

function server(args: OllamaServerArgs): k8s.types.input.core.v1.Container {
  const { plan } = args;
  const loaded = [plan.name, ...Object.keys(plan.more)].map((name) => `ollama run ${name} ""`).join(" && ");
  return {
    ...ollama(args),
    name: "ollama",
    args: [...plan.args],
    ports: [{ name: "http", containerPort: port }],
    ...lifecycle(args, "/"),
    lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", drainScript] } } },
    // Ollama says that it is well before a model is loaded: an empty question loads it, and answers when that is done.
    startupProbe: {
      exec: { command: ["/bin/sh", "-c", loaded] },
      timeoutSeconds: plan.coldStart.loadSeconds,
      ...startupProbe(plan.coldStart),
    },
  };
}
