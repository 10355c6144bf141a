import { needsDownload } from "../../lib/weights/source";
import { checkWeights, downloadFolder, type Step } from "./download-job";
import { script } from "./script";
import { loadPath, type Part } from "./weights";

/** Where the pods of a server see what was downloaded. */
const downloadsMount = "/var/lib/ollama-downloads";

/** A model as a Modelfile customises it. */
export interface Modelfile {
  /** System prompt. @default the model's own */
  readonly system?: string;
  /** Prompt template, in Go's template language. @default the model's own */
  readonly template?: string;
  /** Parameters by Ollama's names, e.g. `temperature`; several values for `stop`. */
  readonly parameters?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** One model that a server holds. */
export interface OllamaModel {
  readonly name: string;
  readonly modelfile: string;
}

/**
 * Text of a Modelfile. Ollama's parser reads a text between three quotes as it is and knows no escapes (parser/parser.go); what would end it early
 * is refused before (lib/compatibility/ollama.ts).
 */
export function modelfileText(from: string, { system, template, parameters = {} }: Modelfile): string {
  const lines = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => `PARAMETER ${name} ${quoted(one)}`));
  return [
    `FROM ${from}`,
    ...(system === undefined ? [] : [`SYSTEM ${quoted(system)}`]),
    ...(template === undefined ? [] : [`TEMPLATE ${quoted(template)}`]),
    ...lines,
  ].join("\n");
}

const quoted = (value: string | number | boolean): string => (typeof value === "string" ? `"""${value}"""` : String(value));

/** Parts of Ollama's library that are downloaded; the claim is their store. */
const tagsOf = (parts: readonly Part[]): string[] =>
  parts.flatMap(({ weights: { source } }) => (source.kind === "library" ? [source.tag] : []));

/** What the job does for Ollama: tags are downloaded to the claim as Ollama keeps them, and every locked file is compared. */
export function ollamaSteps(parts: readonly Part[], settings: Readonly<Record<string, string>>): Step[] {
  const tags = tagsOf(parts);
  const checks = parts.flatMap(checkWeights);
  if (tags.length === 0) return checks;
  const locked = parts.filter(({ weights: { source } }) => source.kind === "library").map(({ weights: { lock } }) => lock);
  const blobs = locked.map((lock, index) => [`LOCKED_${index}`, Object.values(lock?.files ?? {}).join("\n")]);
  const sizes = locked.map((lock, index) => [`MIB_${index}`, mebibytes(Object.values(lock?.sizes ?? {}))]);
  const variables = { ...settings, OLLAMA_MODELS: downloadFolder, TAGS: tags.join("\n"), ...Object.fromEntries([...blobs, ...sizes]) };
  return [{ line: '/bin/sh -c "$DOWNLOAD"', variables: { DOWNLOAD: script("download-ollama.sh"), ...variables } }, ...checks];
}

/** Of no sizes: nothing, for they are not known. */
const mebibytes = (bytes: readonly number[]): string =>
  bytes.length > 0 ? String(Math.ceil(bytes.reduce((sum, size) => sum + size, 0) / 2 ** 20)) : "";

/** The script by which each pod makes its models before it serves, with its variables. */
export const createModels = (models: readonly OllamaModel[], parts: readonly Part[]): Step => ({
  line: script("create-ollama-models.sh"),
  variables: {
    DOWNLOADS: downloadsMount,
    TAGS: tagsOf(parts).join("\n"),
    COUNT: String(models.length),
    ...Object.fromEntries(
      models.flatMap(({ name, modelfile }, index) => [
        [`NAME_${index}`, name],
        [`MODELFILE_${index}`, modelfile],
      ]),
    ),
  },
});

/** Parts of an Ollama server: the n-th file is mounted at a place of its own; tags lie together in the claim. */
export const ollamaParts = (weights: readonly Part["weights"][]): Part[] =>
  weights.map((one, index) => ({
    weights: one,
    volume: `weights-${index}`,
    mountPath: needsDownload(one.source) ? downloadsMount : index === 0 ? "/weights" : `/weights-${index}`,
    folder: "",
  }));

/** A model and how it is customised. */
export const ollamaModel = (name: string, part: Part, modelfile: Modelfile = {}): OllamaModel => ({
  name,
  modelfile: modelfileText(loadPath(part), modelfile),
});
