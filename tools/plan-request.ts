import { catalog, findModel } from "../components/lib/catalog/catalog";
import type { ModelRequest, PlanRequest, Pool } from "../components/lib/planner/types";

type Raw = Readonly<Record<string, unknown>>;

/** What a planner asks of an environment file; the program's own schema checks the rest. */
export function toPlanRequest(name: string, file: unknown): PlanRequest {
  const config = prefixed((file as { config?: Raw } | null)?.config ?? {});
  const licences = config["allowedLicences"] as readonly string[] | undefined;
  return {
    name,
    region: String(config["region"] ?? "eastus"),
    target: targetOf(name, config),
    models: Object.fromEntries(
      Object.entries((config["models"] ?? {}) as Readonly<Record<string, Raw>>).map(([key, raw]) => [key, modelOf(raw)]),
    ),
    ...(licences ? { allowedLicences: licences } : {}),
    hfToken: config["hfToken"] !== undefined,
    pools: (config["pools"] ?? []) as readonly Pool[],
  };
}

/** The project's own keys, without their prefix. */
const prefixed = (config: Raw): Raw =>
  Object.fromEntries(Object.entries(config).flatMap(([key, value]) => (key.startsWith("slm:") ? [[key.slice(4), value]] : [])));

function targetOf(name: string, config: Raw): PlanRequest["target"] {
  if (config["target"] !== undefined) return config["target"] as PlanRequest["target"];
  if (name === "lab") return "lab";
  return config["region"] === undefined ? "kubernetes" : "azure";
}

function modelOf({ source, ...raw }: Raw): ModelRequest {
  const wanted = raw as unknown as ModelRequest;
  if (wanted.model !== undefined || source === undefined) return wanted;
  const from = source as { kind: string; tag?: string; path?: string };
  return { ...wanted, ...(from.kind === "library" ? fromTag(from.tag ?? "") : fromFile(from.path ?? "")) };
}

/** A tag of Ollama's library: its default, or one whose quantization the tag ends with. */
function fromTag(tag: string): Pick<ModelRequest, "model" | "quantization"> {
  const model = catalog.find(({ sources: { ollama } }) => ollama?.tag === tag || ollama?.pinnedTags.includes(tag));
  const type = /-(q\d\w*|fp?16|bf16)$/i.exec(tag)?.[1]?.replace(/^fp16$/i, "F16");
  return { model: model?.id ?? tag, ...(type ? { quantization: type } : {}) };
}

/** A GGUF file is named after its model and quantization. */
function fromFile(file: string): Pick<ModelRequest, "model" | "quantization"> {
  const [, base = file, type] = /([^/]+?)[-.]((?:i?q\d|f16|bf16)\w*)\.gguf$/i.exec(file) ?? [];
  return { model: findModel(base)?.model.id ?? base, ...(type ? { quantization: type } : {}) };
}
