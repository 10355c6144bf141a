/** Names of Ollama's library: what a name without a size means, and those that say neither family nor size as the catalog does. */

/** The size that `latest` is, of names whose size the model library in the README of Ollama 0.16.0 tells. Of any other name it is unknown. */
const latest: Readonly<Record<string, string>> = {
  ...{ "llama3.2": "3b", "llama3.1": "8b", codellama: "7b", llava: "7b", mistral: "7b", qwq: "32b" },
  ...{ gemma3: "4b", phi4: "14b", "phi4-mini": "3.8b", "granite3.3": "8b" },
};

/** Catalog names of tags that are spelt otherwise. */
const otherwise: Readonly<Record<string, string>> = {
  "deepseek-r1:8b": "deepseek-r1-0528-qwen3-8b",
  ...{ "phi3:mini": "phi-3-mini-128k-instruct", "phi3:3.8b": "phi-3-mini-128k-instruct" },
  ...{ "llava:7b": "llava-v1.6-mistral-7b-hf", "llava:13b": "llava-v1.6-vicuna-13b-hf" },
};

/**
 * Libraries whose tags without a type are stored in Q4_0. Each is listed with the size of 4.5 bits a weight, and not with the 4.9 of Q4_K_M:
 * in the model library of the README of Ollama 0.3 to 0.5 (llama2 3.8 GB, llama3 4.7, codellama 3.8, gemma2 5.5, phi3 2.3, phi3:medium 7.9,
 * solar 6.1, llava 4.5) and by `ollama list` in public logs (tinyllama 637 MB, phi3.5 2.2 GB, gemma:2b 1.7, qwen2:7b 4.4, zephyr 4.1,
 * openchat 4.1, vicuna 3.8, deepseek-coder:6.7b 3.8, deepseek-coder-v2:16b 8.9, mistral-nemo 7.1, mixtral:8x7b 26). Libraries that were
 * stored anew since are not: llama3.1 4.9, mistral 4.4.
 */
const older =
  /^(llama[23]|codellama|llava|gemma2?|tinyllama|phi3(\.5)?|solar|qwen2|zephyr|openchat|vicuna|deepseek-coder(-v2)?|mistral-nemo|mixtral)(:|$)/;

/** A tag with its size written out, without `latest`. */
export function sizedTag(tag: string): string {
  const [name, size] = tag.toLowerCase().split(":") as [string, string?];
  const written = size === undefined || size === "latest" ? latest[name] : size;
  return written === undefined ? name : `${name}:${written}`;
}

/** The catalog name of a tag that is spelt otherwise. */
export const spelledOtherwise = (sized: string): string | undefined => otherwise[sized];

/** The type of a tag that says none. */
export const untypedGguf = (tag: string): "Q4_0" | "Q4_K_M" => (older.test(tag.toLowerCase()) ? "Q4_0" : "Q4_K_M");

/** A name as a library and a repository spell it alike: without dashes and colons, dates, and the parameters that are active at once. */
export const libraryKey = (name: string): string =>
  name
    .replace(/-(instruct|it|chat|text|distill|qwen|hf)(?=-|:|$)/g, "")
    .replace(/-\d{4}(?=-|$)/g, "")
    .replace(/-a\d+b(?=-|$)/g, "")
    .replace(/[-:]/g, "");
