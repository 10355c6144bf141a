import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { parse, stringify } from "yaml";
import { officialImages } from "../../lib/environment/monitoring-config";
import { parseEnvironment } from "../../stacks/environment";
import { type EnvironmentFile, readEnvironment } from "../../tools/lib/environment";
import { repoRoot } from "../../tools/lib/paths";
import type { Settings } from "./azure";

const sha256 = "a".repeat(64);

/** What only the user of an environment can add, kept in a folder of a test's own: the digest of vLLM's image, and the lock of the weights. */
export class FilledIn {
  constructor(private readonly folder: string) {
    mkdirSync(path.join(repoRoot, folder), { recursive: true });
    const image = (name: string) => `docker.io/${name}@sha256:${sha256}`;
    const servers = { python: image("library/python"), vllm: image("vllm/vllm-openai"), ollama: image("ollama/ollama") };
    const monitoring = Object.entries(officialImages).map(([name, reference]) => [name, `${reference}@sha256:${sha256}`]);
    const images = { ...servers, ...Object.fromEntries(monitoring) };
    writeFileSync(path.join(repoRoot, folder, "images.json"), JSON.stringify(images));
    const entry = { revision: "c0ffee1", files: { "model.safetensors": sha256 } };
    const lock = { "huggingFace:Qwen/Qwen3-8B": entry, "library:qwen3:0.6b": entry, "huggingFace:Qwen/Qwen3-4B": entry };
    writeFileSync(path.join(repoRoot, folder, "lock.json"), JSON.stringify(lock));
  }

  /** An environment of this repository with it. */
  environment(name: string, from = name, change: (config: Settings) => void = () => undefined): EnvironmentFile {
    const { text, file } = readEnvironment(from);
    const contents = parse(text);
    change(contents.config);
    Object.assign(contents.config, { "slm:images": `${this.folder}/images.json`, "slm:lock": `${this.folder}/lock.json` });
    const own = Object.fromEntries(Object.entries(contents.config).map(([key, value]) => [key.replace(/^slm:/, ""), value]));
    return { name, file, text: stringify(contents), environment: parseEnvironment(name, own, file) };
  }

  remove(): void {
    rmSync(path.join(repoRoot, this.folder), { recursive: true });
  }
}
