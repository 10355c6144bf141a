import { pinnedImage } from "../components/lib/limits";
import type { Fault } from "../components/lib/planner/fault";
import type { EnvironmentPlan, ModelPlan } from "../components/lib/planner/types";
import type { Environment } from "./environment";
import { monitoringImages, officialImages } from "./monitoring-config";

/** Image with Python 3 that verifies models from inside the cluster. */
export const verifierImage = "python";

/** Name in the images file: builds for the CPU and for CUDA are images of their own. */
export function imageName({ engine, pod }: Pick<ModelPlan, "engine" | "pod">): string {
  if (engine === "vllm") return pod.gpuCount > 0 ? "vllm" : "vllm-cpu";
  if (engine === "onnx") return pod.gpuCount > 0 ? "onnx-server-cuda" : "onnx-server";
  return "ollama";
}

/** Images that the plan needs and the images file lacks. */
export function imageFaults({ images, imageDigests, models, monitoring }: Environment, plan: EnvironmentPlan): Fault[] {
  const fix = `add it to ${images}, as name@sha256:<64 hex>`;
  const missing = (path: string, name: string, how = fix): Fault[] =>
    Object.hasOwn(imageDigests, name) ? [] : [{ path, value: name, bound: `must be in ${images}`, fix: how }];
  const digestOf = (official: string): string => `${fix}, such as ${official} with what \`crane digest ${official}\` prints`;
  return [
    ...missing("images", verifierImage),
    ...monitoringImages(monitoring).flatMap((name) => missing("monitoring", name, digestOf(officialImages[name]))),
    ...plan.models.flatMap((model) => missing(`models.${model.name}.engine`, imageName(model))),
    ...Object.entries(models).flatMap(([name, { weights = {} }]) =>
      Object.entries(weights).flatMap(([engine, source]) =>
        source?.kind === "image" && !pinnedImage.safeParse(source.image).success
          ? missing(`models.${name}.weights.${engine}.image`, source.image)
          : [],
      ),
    ),
  ];
}
