import { type JsonSchema, settingsSchema } from "../../tools/settings/json-schema";
import { onAzure } from "./environments";

/** Names that every object of JavaScript answers to, though nobody wrote them. */
export const prototypeNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "isPrototypeOf"] as const;

const adapter = { source: { kind: "huggingFace", repository: "org/adapter", path: "a" }, rank: 8 };
const draft = { method: "draft_model", tokens: 3, model: "qwen3-0.6b", source: { kind: "huggingFace", repository: "Qwen/Qwen3-0.6B" } };
const models = {
  large: {
    engine: "vllm",
    model: "Qwen/Qwen3-8B",
    engineVersion: "0.33.0",
    weights: { vllm: { kind: "huggingFace", repository: "Qwen/Qwen3-8B-FP8" }, ollama: { kind: "library", tag: "qwen3:8b" } },
    ...{ quantization: "fp8", dtype: "bfloat16", kvCacheDtype: "auto", gpu: "a100-80gb-pcie", size: "Standard_NC24ads_A100_v4" },
    ...{ extraArgs: ["--seed", "7"], storage: { class: "managed-csi" }, nodeLabels: { disk: "fast" } },
    vllm: { speculative: draft, toolParser: "hermes", reasoningParser: "qwen3", adapters: { sql: adapter } },
  },
  small: {
    engine: "ollama",
    model: "qwen3-0.6b",
    weights: { ollama: { kind: "image", image: "weights", path: "m.gguf" } },
    ollama: {
      ...{ system: "Be brief.", template: "{{ .Prompt }}", parameters: { temperature: 0 }, keepAlive: "5m" },
      variants: { terse: { system: "One word." } },
      additionalModels: { other: { model: "own", quantization: "Q4_K_M", weights: { ollama: { kind: "library", tag: "team/own" } } } },
    },
  },
  onnx: { engine: "onnx", model: "phi-4-mini-instruct", cpu: true, weights: { onnx: { kind: "volume", claim: "models", path: "phi" } } },
  baked: { engine: "ollama", model: "smollm2-135m-instruct", weights: { ollama: { kind: "baked", path: "/m.gguf" } } },
};
const section = {
  mode: "standalone",
  receivers: { oncall: { kind: "slack", channel: "#ops", url: { secret: "oncall", key: "url" } } },
  routes: { critical: "oncall", warning: "oncall" },
  logs: { kind: "otlp", endpoint: "https://logs.example.com", headers: { token: { secret: "logs", key: "token" } } },
  objectives: { large: { availability: 0.99 }, default: { availability: 0.9 } },
};
const ownModel = {
  ...{ id: "own", huggingFace: "org/own", family: "own", architecture: "Qwen3ForCausalLM", modelType: "qwen3", licence: "mit" },
  ...{ parameters: 6e8, hiddenSize: 1024, vocabularySize: 32_000, attentionHeads: 16, contextTokens: 8192, layers: 12 },
  attention: { full: { layers: 12, kvHeads: 8, headDim: 64 } },
  sources: { huggingFace: { repository: "org/own" } },
};
const settings = {
  region: "eastus",
  models,
  catalog: { own: ownModel },
  policies: {
    exempt: { labels: { chat: "its labels are its owner's" } },
    tags: { team: "ml" },
    registries: ["docker.io"],
    regions: ["eastus"],
  },
  consumers: { app: { models: ["large"] } },
  gateway: { host: "models.example.com", tls: "selfSigned" },
  ...{ allowedLicences: ["apache-2.0", "mit"], clients: [{ namespace: "apps" }, { cidr: "10.0.0.0/8" }], hfToken: { env: "HF_TOKEN" } },
};

/** Environments that are right, and say something in most places. */
export const writtenEnvironments: readonly object[] = [
  { ...settings, monitoring: section },
  {
    ...settings,
    pools: [
      { size: "Standard_NC24ads_A100_v4", maxNodes: 2 },
      { size: "Standard_D8s_v5", maxNodes: 2 },
    ],
  },
  { ...settings, ...onAzure({ pools: { Standard_NC24ads_A100_v4: { osDiskGib: 256 } } }) },
];

/** A place in an environment: of a value, or of a name that the user chose. */
export interface Place {
  readonly path: readonly string[];
  readonly named: boolean;
}

/** Where the schema takes a text, or a name of the user's own; in lists, as their first. */
export function textPlaces(schema: JsonSchema = settingsSchema(), path: readonly string[] = []): Place[] {
  const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  const names = typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined;
  return [
    ...(schema.type === "string" || String(schema.type).includes("string") ? [{ path, named: false }] : []),
    ...forms.flatMap((form) => textPlaces(form, path)),
    ...(schema.items ? textPlaces(schema.items, [...path, "0"]) : []),
    ...(names ? [{ path: [...path, "*"], named: true }, ...textPlaces(names, [...path, "*"])] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => textPlaces(inner, [...path, name])),
  ];
}

/** The same document with a word in a place; `*` is the entry `at` of those that are there. A name takes over what another had. */
export function withWord(document: unknown, { path, named }: Place, word: string, at: number): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return word;
  const entries = Object.entries((document ?? {}) as object);
  const chosen = key === "*" ? entries[at % Math.max(1, entries.length)]?.[0] : key;
  const isName = named && rest.length === 0;
  const inner = entries.find(([name]) => name === chosen)?.[1];
  const changed = isName ? inner : withWord(inner, { path: rest, named }, word, at);
  if (Array.isArray(document)) return [changed, ...document.slice(1)];
  const others = entries.filter(([name]) => name !== chosen);
  return Object.fromEntries([...others, [isName ? word : (chosen ?? word), changed]]);
}
