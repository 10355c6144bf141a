import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { startupProbe } from "../../lib/cold-start";
import { drains } from "../../lib/drain";
import type { Weights } from "../../lib/weights/source";
import { restrictedContainer } from "../kubernetes/pod-security";
import { type EnginePod, resourcesOf } from "./deployment";
import { createModels, type Modelfile, ollamaModel, ollamaParts, ollamaSteps } from "./ollama-models";
import { httpPorts, variables } from "./pod";
import { type ModelServer, type Server, serverOf } from "./server";
import type { ServerArgs } from "./server-args";
import { createServerObjects } from "./server-objects";
import { type WeightsPlace, weightsMounts, weightsPlace, weightsVolumes } from "./weights";

/** Inputs of {@link OllamaServer}. */
export interface OllamaServerArgs extends Omit<ServerArgs, "args">, OllamaCustomisation {
  /** Variables of Ollama's own, such as `OLLAMA_NUM_PARALLEL`. @default Ollama's defaults */
  readonly settings?: Readonly<Record<string, string>>;
  /** How the model is customised. @default not at all */
  readonly modelfile?: Modelfile;
  /** Further models of the same server, by name. @default none */
  readonly additionalModels?: Readonly<Record<string, Weights>>;
}

/** What is said of a model's names and of its stay in memory. */
export interface OllamaCustomisation {
  /** The same weights under further names, each customised. @default none */
  readonly variants?: Readonly<Record<string, Modelfile>>;
  /** How long an idle model stays loaded: a duration, or -1 for ever. @default -1 */
  readonly keepAlive?: string;
}

type Ollama = OllamaServerArgs & Server;

const port = httpPorts.ollama;
/** Where a server sees its models, as Ollama keeps them. */
export const storeFolder = "/var/lib/ollama";

/** One model in Ollama, with further models and variants in the same server. */
export class OllamaServer extends pulumi.ComponentResource implements ModelServer {
  public readonly deployment: k8s.apps.v1.Deployment;
  public readonly engine = "ollama";
  public readonly revision: string;
  public readonly servedNames: readonly string[];
  public readonly embeds: readonly string[];
  public readonly onGpu: boolean;
  public readonly serves: boolean;
  public readonly autoscaled: boolean;
  /** The claim that the weights were downloaded to, if they were. */
  public readonly claim: k8s.core.v1.PersistentVolumeClaim | undefined;

  /** The names of its objects begin with `name`, a DNS label. */
  constructor(name: string, args: OllamaServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:OllamaServer", name, {}, opts);

    const { variants = {}, additionalModels = {} } = args;
    const server = serverOf(this, name, "ollama", args, Object.values(additionalModels));
    const place = weightsPlace(server, ollamaParts([args.weights, ...Object.values(additionalModels)]));
    const made = createServerObjects(server, place, ollamaSteps(place.parts, ollamaSettings(server)), podOf(server, place), this);
    this.claim = made.claim;
    this.deployment = made.deployment;
    this.revision = made.revision;
    this.onGpu = made.onGpu;
    this.serves = made.serves;
    this.autoscaled = made.autoscaled;
    this.servedNames = [server.servedName, ...Object.keys(variants), ...Object.keys(additionalModels)];
    const { embeds = [] } = server;
    this.embeds = embeds.includes(server.servedName) ? [...Object.keys(variants), ...embeds] : embeds;

    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}

/** What is said of a server's models. */
type Models = Pick<Ollama, "servedName" | "modelfile" | "variants" | "additionalModels">;

/** Every model of the server, its own first. */
export function ollamaModels(
  { servedName, modelfile, variants = {}, additionalModels = {} }: Models,
  { parts }: Pick<WeightsPlace, "parts">,
) {
  const [own, ...others] = parts;
  return [
    ollamaModel(servedName, own!, modelfile),
    ...Object.entries(variants).map(([name, variant]) => ollamaModel(name, own!, variant)),
    ...Object.keys(additionalModels).map((name, index) => ollamaModel(name, others[index]!)),
  ];
}

/**
 * Each pod makes its models in a store of its own before it serves, by links to what was downloaded. The server cannot write to the store, so
 * that no client deletes or adds a model.
 */
function podOf(server: Ollama, place: WeightsPlace): EnginePod {
  const mounts = weightsMounts(place);
  const { line, variables: models } = createModels(ollamaModels(server, place), place.parts);
  const shared = { ...restrictedContainer, image: server.image, resources: resourcesOf(server) };
  const scratch = { name: "scratch", mountPath: "/tmp" };
  return {
    volumes: [{ name: "store", emptyDir: {} }, ...weightsVolumes(place)],
    initContainers: [
      {
        ...shared,
        name: "create-models",
        command: ["/bin/sh", "-c", line],
        env: variables({ ...ollamaSettings(server), ...models }),
        volumeMounts: [{ name: "store", mountPath: storeFolder }, scratch, ...mounts],
      },
    ],
    container: {
      ...shared,
      name: "ollama",
      args: ["serve"],
      env: variables({ ...ollamaSettings(server), OLLAMA_NOPRUNE: "1" }),
      ports: [{ name: "http", containerPort: port }],
      volumeMounts: [{ name: "store", mountPath: storeFolder, readOnly: true }, scratch, ...mounts],
      ...probes(server),
    },
  };
}

/** Leaves when no connection is open; the kernel lists them, state 01, by the port in hexadecimal digits. */
const drainScript = [
  `sleep ${drains.ollama.preStopSeconds}; n=0`,
  `while [ $n -lt ${drains.ollama.waitSeconds} ] && cat /proc/net/tcp /proc/net/tcp6 | grep -q ':${port.toString(16).toUpperCase()} [0-9A-F]*:[0-9A-F]* 01 '; do sleep 1; n=$((n + 1)); done`,
].join("; ");

/** Ollama's own settings. */
export const ollamaSettings = ({
  settings: own = {},
  keepAlive = "-1",
  coldStart,
}: Pick<Ollama, "settings" | "keepAlive"> & { readonly coldStart: Pick<Ollama["coldStart"], "loadSeconds"> }): Record<string, string> => ({
  HOME: "/tmp",
  OLLAMA_HOST: `0.0.0.0:${port}`,
  OLLAMA_MODELS: storeFolder,
  OLLAMA_KEEP_ALIVE: keepAlive,
  OLLAMA_LOAD_TIMEOUT: `${coldStart.loadSeconds}s`, // its own 5 minutes are not the plan's
  OLLAMA_NO_CLOUD: "1",
  ...own,
});

/** Loads a model, and ends when that is done. The CLI refuses an empty text for one that embeds, and prints the vector of any other. */
export const loadCommand = (name: string, embeds: readonly string[]): string =>
  embeds.includes(name) ? `ollama run ${name} a > /dev/null` : `ollama run ${name} ""`;

/**
 * Ollama says that it is well before a model is loaded, and after it is gone. An empty question loads a model and answers when that is done: at
 * the start, and later where the model is to stay loaded, so that one that a client unloaded comes back. Ready is a server that has every model
 * loaded; one that unloads idle models is ready when it has them.
 */
function probes(server: Ollama) {
  const { servedName, additionalModels = {}, keepAlive = "-1", coldStart, embeds = [] } = server;
  const names = [servedName, ...Object.keys(additionalModels)];
  const shell = (line: string) => ({ exec: { command: ["/bin/sh", "-c", line] } });
  const all = (command: (name: string) => string) => names.map(command).join(" && ");
  const isKeptLoaded = keepAlive === "-1";
  const load = shell(all((name) => loadCommand(name, embeds)));
  const has = shell(all((name) => `ollama show ${name} > /dev/null`));
  const isLoaded = shell(`loaded=$(ollama ps) && ${all((name) => `echo "$loaded" | grep -q "^${name}:"`)}`);
  return {
    lifecycle: { preStop: { exec: { command: ["/bin/sh", "-c", drainScript] } } },
    startupProbe: { ...load, timeoutSeconds: coldStart.loadSeconds, ...startupProbe(coldStart) },
    readinessProbe: {
      ...(isKeptLoaded ? isLoaded : has),
      periodSeconds: 5,
      timeoutSeconds: 5,
      failureThreshold: 2,
    },
    livenessProbe: {
      ...(isKeptLoaded ? load : has),
      periodSeconds: 30,
      timeoutSeconds: isKeptLoaded ? coldStart.loadSeconds : 10,
      failureThreshold: 2,
    },
  };
}
