/** Where the model comes from: a tag of Ollama's library, pulled once, or a GGUF file that the image carries. */
export type OllamaSource = { kind: "library"; tag: string } | { kind: "file"; path: string };

/** Tries of one download, and the pause before each but the first, in seconds. */
const attempts = 5;
const pauseSeconds = 10;

/**
 * Shell script of the init container that brings a model to the volume, once: a model that is there is not brought again.
 * It reads the served name from MODEL and the origin from SOURCE, so that no value is ever part of the script.
 */
export function loaderScript(source: OllamaSource): string {
  const bring =
    source.kind === "library"
      ? [`retry ollama pull "$SOURCE"`, `ollama cp "$SOURCE" "$MODEL"`]
      : [`printf 'FROM %s\\n' "$SOURCE" > /tmp/Modelfile`, `ollama create "$MODEL" -f /tmp/Modelfile`];
  return [
    "set -eu",
    `retry() { n=1; until "$@"; do [ $n -lt ${attempts} ] || return 1; echo "try $n of ${attempts} failed: again in ${pauseSeconds} s"; n=$((n + 1)); sleep ${pauseSeconds}; done; }`,
    "ollama serve & server=$!",
    "until ollama list >/dev/null 2>&1; do kill -0 $server; sleep 0.2; done",
    `if ollama show "$MODEL" >/dev/null 2>&1; then echo "$MODEL is on the volume"; else`,
    `  echo "bringing $MODEL from $SOURCE"`,
    ...bring.map((line) => `  ${line}`),
    "fi",
    "kill $server; wait $server || true",
  ].join("\n");
}
