import type { Deployment, DeviceKind, Refusal } from "./deployment";
import { ollamaRefusals } from "./ollama";
import { vllmDeviceReason, vllmRefusals } from "./vllm";

/**
 * What an engine runs: model × data type × stored quantization × cache type × device × version × feature. Plans, estimates, suggestions and
 * policies ask the same two questions.
 */

/** What the engine refuses of a deployment, whatever the device. */
export function refusals(deployment: Deployment): Refusal[] {
  if (deployment.engine === "vllm") return vllmRefusals(deployment);
  return deployment.engine === "ollama" ? ollamaRefusals(deployment) : onnxRefusals(deployment);
}

/** Why the engine refuses a deployment on a kind of device; undefined: it does not. */
export function deviceReason(deployment: Deployment, device: DeviceKind): string | undefined {
  if (deployment.engine === "vllm") return vllmDeviceReason(deployment, device);
  // their images are for CUDA, and ask for nvidia.com/gpu
  return device.gpu && device.gpu.computeCapability === null ? `this plan's ${deployment.engine} image is for CUDA` : undefined;
}

const onnxRefusals = ({ cacheType, dtype }: Deployment): Refusal[] => [
  ...(cacheType === undefined || cacheType === "auto"
    ? []
    : [{ field: "cacheType" as const, bound: "the ONNX server keeps its cache in the type of the model's folder", fix: "leave it out" }]),
  ...(dtype === undefined
    ? []
    : [{ field: "dtype" as const, bound: "the ONNX server runs the type of the model's folder", fix: "leave it out" }]),
];
