import type { Weights } from "../../lib/weights/source";

/** A model as a Modelfile customises it. */
export interface Modelfile {
  /** System prompt. @default the model's own */
  readonly system?: string;
  /** Prompt template, in Go's template language. @default the model's own */
  readonly template?: string;
  /** Parameters by Ollama's names, e.g. `temperature`; several values for `stop`. */
  readonly parameters?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** One model that a server holds: its name, the tag to pull first, and its Modelfile. */
export interface OllamaModel {
  readonly name: string;
  readonly pull: string;
  readonly modelfile: string;
}

/** Text of a Modelfile. Values are quoted by three quotes, which no value may contain. */
export function modelfileText(from: string, { system, template, parameters = {} }: Modelfile): string {
  const lines = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => `PARAMETER ${name} ${quoted(one)}`));
  return [
    `FROM ${from}`,
    ...(system === undefined ? [] : [`SYSTEM """${system}"""`]),
    ...(template === undefined ? [] : [`TEMPLATE """${template}"""`]),
    ...lines,
  ].join("\n");
}

const quoted = (value: string | number): string => (typeof value === "number" ? String(value) : `"${value.replaceAll('"', '\\"')}"`);

/** A model and how it is customised. */
export function ollamaModel(name: string, { source, load }: Weights, modelfile: Modelfile = {}): OllamaModel {
  return { name, pull: source.kind === "library" ? source.tag : "", modelfile: modelfileText(load, modelfile) };
}

/** Tries of one download, and the pause before each but the first, in seconds. */
const attempts = 5;
const pauseSeconds = 10;

/**
 * Shell script that fills Ollama's store: it pulls what is not there yet and creates each model from its Modelfile. Names, tags and texts
 * come from variables NAME_n, PULL_n and MODELFILE_n, so that no value is ever part of the script.
 */
export const bringScript = (count: number): string =>
  [
    "set -eu",
    `fail() { echo "weights: $1" | tee /dev/termination-log >&2; exit 1; }`,
    `retry() { n=1; until "$@"; do [ $n -lt ${attempts} ] || return 1; echo "weights: try $n of ${attempts} failed, again in ${pauseSeconds} s"; n=$((n + 1)); sleep ${pauseSeconds}; done; }`,
    `bring() {`,
    `  if [ -n "$2" ] && ! ollama show "$2" >/dev/null 2>&1; then echo "weights: pulling $2"; retry ollama pull "$2" || fail "could not pull $2"; fi`,
    `  echo "weights: making $1"`,
    `  printf '%s\\n' "$3" > /tmp/Modelfile`,
    `  ollama create "$1" -f /tmp/Modelfile > /tmp/create.log 2>&1 || fail "could not make $1: $(tail -n 1 /tmp/create.log)"`,
    `}`,
    "ollama serve & server=$!",
    "until ollama list >/dev/null 2>&1; do kill -0 $server; sleep 0.2; done",
    ...Array.from({ length: count }, (_, i) => `bring "$NAME_${i}" "$PULL_${i}" "$MODELFILE_${i}"`),
    "kill $server; wait $server || true",
  ].join("\n");

/** The variables that the script reads. */
export const bringVariables = (models: readonly OllamaModel[]): Record<string, string> =>
  Object.fromEntries(
    models.flatMap(({ name, pull, modelfile }, i) => [
      [`NAME_${i}`, name],
      [`PULL_${i}`, pull],
      [`MODELFILE_${i}`, modelfile],
    ]),
  );
