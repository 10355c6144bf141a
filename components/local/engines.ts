import { flag } from "../../lib/engines/accessor";
import { type EngineVersion, engineTable } from "../../lib/engines/tables";
import type { ModelPlan } from "../../lib/planner/types";
import { weightsHash } from "../../lib/weights/identity";
import { needsDownload, type Weights } from "../../lib/weights/source";
import { downloadFolder, folderSteps, type Step } from "../serving/download-job";
import type { Modelfile } from "../serving/ollama-models";
import { createModels, ollamaParts, ollamaSteps } from "../serving/ollama-models";
import { loadCommand, type OllamaCustomisation, ollamaModels, ollamaSettings } from "../serving/ollama-server";
import { loadPath, modelPart, type Part } from "../serving/weights";

/** Port of every server: it stays while the engine changes, so that the gateway need not hear of it. */
export const serverPort = 8000;

/** Engines that run on Docker. */
export const dockerEngines = ["ollama", "onnx"] as const;

/** What is said of a model beside its plan. */
export interface Customised {
  readonly ollama?: Modelfile & OllamaCustomisation;
  /** Base URL of a mirror of Hugging Face. */
  readonly hfEndpoint?: string;
}

/** What an engine's containers run: pure data. */
export interface EngineContainers {
  /** Downloads the weights and compares them with the lock; absent: the image carries them. */
  readonly download?: Script;
  /** Where a server sees what was downloaded. */
  readonly weightsMount: string;
  /** Ollama's store, which a container of its own fills: the server only reads it. */
  readonly store?: Script & { readonly mountPath: string };
  readonly server: {
    readonly entrypoints?: string[];
    readonly command: string[];
    readonly envs: Readonly<Record<string, string>>;
    /** Whether it is ready: every model is loaded. */
    readonly health: string;
  };
  /** Of all that is downloaded: another content is another volume. */
  readonly weightsHash: string;
}

/** A script of the shell with its variables. */
export interface Script {
  readonly line: string;
  readonly envs: Readonly<Record<string, string>>;
}

/** Marks a volume that is filled. */
const ready = ".ready";
const until = (folder: string): string => `until [ -e ${folder}/${ready} ]; do sleep 0.5; done`;

/** What runs for a model of a plan. */
export const engineContainers = (plan: ModelPlan, own: Customised): EngineContainers =>
  plan.engine === "ollama" ? ollama(plan, own) : onnx(plan, own);

function ollama(plan: ModelPlan, { ollama: { variants, keepAlive, ...modelfile } = {} }: Customised): EngineContainers {
  const server = {
    servedName: plan.name,
    modelfile,
    additionalModels: plan.additionalModels,
    coldStart: plan.coldStart,
    settings: { ...plan.environment, OLLAMA_HOST: `0.0.0.0:${serverPort}` },
    ...(variants ? { variants } : {}),
    ...(keepAlive ? { keepAlive } : {}),
  };
  const weights = [plan.weights, ...Object.values(plan.additionalModels)];
  const parts = ollamaParts(weights);
  const settings = ollamaSettings(server);
  const models = createModels(ollamaModels(server, { parts }), parts);
  const download = downloadOf(ollamaSteps(parts, settings));
  const mounted = parts.find((part) => needsDownload(part.weights.source))?.mountPath ?? "/weights";
  const store = settings["OLLAMA_MODELS"]!;
  const names = [plan.name, ...Object.keys(plan.additionalModels)];
  const isPersistent = (keepAlive ?? "-1") === "-1";
  return {
    ...(download ? { download } : {}),
    weightsMount: mounted,
    weightsHash: hashOf(weights),
    store: {
      mountPath: store,
      line: [...(download ? [until(mounted)] : []), models.line, `touch "$OLLAMA_MODELS/${ready}"`].join("\n"),
      envs: { ...settings, ...models.variables },
    },
    server: {
      entrypoints: ["/bin/sh", "-c"],
      command: [`${until(store)}; exec ollama serve`],
      envs: { ...settings, OLLAMA_NOPRUNE: "1" },
      health: names.map((name) => (isPersistent ? loadCommand(name, plan.embeds ?? []) : `ollama show ${name} > /dev/null`)).join(" && "),
    },
  };
}

const onnxHealth = `python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:${serverPort}/health', timeout=3)"`;

function onnx(plan: ModelPlan, { hfEndpoint }: Customised): EngineContainers {
  const table = engineTable("onnx", plan.version as EngineVersion<"onnx">);
  const part: Part = { ...modelPart(plan.weights), folder: "" };
  const download = downloadOf(folderSteps(hfEndpoint ? { hfEndpoint } : {}, { parts: [part] }));
  const args = [
    ...flag(table, "--model-dir", loadPath(part)),
    ...flag(table, "--served-model-name", plan.name),
    ...flag(table, "--port", serverPort),
    ...plan.args,
  ];
  const waiting = `${until(part.mountPath)}; exec python3 -m onnx_server "$@"`;
  return {
    ...(download ? { download } : {}),
    weightsMount: part.mountPath,
    weightsHash: hashOf([plan.weights]),
    server: {
      ...(download ? { entrypoints: ["/bin/sh", "-c", waiting, "onnx-server"] } : {}), // else the image's own
      command: args,
      envs: { HOME: "/tmp" },
      health: onnxHealth,
    },
  };
}

/** The steps as one script that ends with the mark; none: nothing is downloaded. What an image carries is not compared: its digest fixes it. */
function downloadOf(steps: readonly Step[]): Script | undefined {
  if (steps.length === 0) return undefined;
  return {
    line: [...steps.map(({ line }) => line), `touch ${downloadFolder}/${ready}`].join("\n"),
    envs: Object.assign({ HOME: "/tmp" }, ...steps.map(({ variables }) => variables)),
  };
}

const hashOf = (weights: readonly Weights[]): string => weightsHash(weights.filter(({ source }) => needsDownload(source)));
