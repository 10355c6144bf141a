import { pinnedImage } from "../limits";
import type { Fault } from "../planner/fault";
import type { EnvironmentPlan, ModelPlan } from "../planner/types";
import { dockerMonitoringImages } from "./docker-config";
import type { Environment, EnvironmentModel } from "./environment";
import { gatewayImages, officialGatewayImages } from "./gateway-config";
import { monitoringImages, officialImages } from "./monitoring-config";
import { officialScalingImages, scalingImages } from "./scaling-config";

/** Image with Python 3 that verifies models from inside the cluster. */
export const verifierImage = "python";

/** Name in the images file: builds for the CPU and for CUDA are images of their own. */
export function imageName({ engine, pod }: Pick<ModelPlan, "engine" | "pod">): string {
  if (engine === "vllm") return pod.gpuCount > 0 ? "vllm" : "vllm-cpu";
  if (engine === "onnx") return pod.gpuCount > 0 ? "onnx-server-cuda" : "onnx-server";
  return "ollama";
}

/** Images of this repository that an environment's registry can be given: where each is built, and how. */
export const ownImages: Readonly<Record<string, { folder: string; buildArgs: Readonly<Record<string, string>> }>> = {
  "onnx-server": { folder: "images/onnx-server", buildArgs: { VARIANT: "cpu" } },
  "onnx-server-cuda": { folder: "images/onnx-server", buildArgs: { VARIANT: "cuda" } },
};

/** Images that the program builds: those of this repository that the plan needs and the images file does not pin. */
export function builtImages({ azure, imageDigests }: Pick<Environment, "azure" | "imageDigests">, { models }: EnvironmentPlan): string[] {
  if (!azure?.registry.build) return [];
  return [...new Set(models.map(imageName))].filter((name) => Object.hasOwn(ownImages, name) && !Object.hasOwn(imageDigests, name));
}

const forUpdate = (fault: Fault): Fault => ({ ...fault, neededBy: "update" });

/** Images that the plan needs, that the images file lacks and that the program does not build. */
export function imageFaults(environment: Environment, plan: EnvironmentPlan): Fault[] {
  const { images, imageDigests, models, monitoring, docker, scaling, azure } = environment;
  const built = builtImages(environment, plan);
  const fix = `add it to ${images}, as name@sha256:<64 hex>`;
  const digestOf = (official: string): string => `${fix}, such as ${official} with what \`crane digest ${official}\` prints`;
  const missing = (path: string, name: string, how = fix): Fault[] => {
    if (Object.hasOwn(imageDigests, name) || built.includes(name)) return [];
    const build = azure && Object.hasOwn(ownImages, name) ? ", or have it built: azure.registry.build: true" : "";
    return [{ path, value: name, bound: `must be in ${images}`, fix: `${how}${build}` }];
  };
  return [
    ...missing("images", verifierImage),
    ...monitoringImages(monitoring).flatMap((name) => missing("monitoring", name, digestOf(officialImages[name]))),
    ...dockerMonitoringImages(docker).flatMap((name) => missing("docker.monitoring", name, digestOf(officialImages[name]))),
    ...gatewayImages(environment).flatMap((name) => missing("gateway", name, digestOf(officialGatewayImages[name]))),
    ...scalingImages(scaling).flatMap((name) => missing("scaling", name, digestOf(officialScalingImages[name]))),
    ...plan.models.flatMap((model) => missing(`models.${model.name}.engine`, imageName(model)).map(forUpdate)),
    ...Object.entries(models).flatMap(([name, model]) =>
      weightImages(model).flatMap(([path, image]) =>
        pinnedImage.safeParse(image).success ? [] : missing(`models.${name}.${path}.image`, image),
      ),
    ),
  ];
}

/** Images whose tag says another version of the engine than the plan is for: its flags and its memory are the plan's version's. */
export const imageWarnings = ({ imageDigests }: Pick<Environment, "imageDigests">, { models }: Pick<EnvironmentPlan, "models">): string[] =>
  models.flatMap((model) => {
    const reference = imageDigests[imageName(model)] ?? "";
    const tagged = /:v?(\d+\.\d+\.\d+)[^@/]*@/.exec(reference)?.[1];
    if (tagged === undefined || tagged === model.version) return [];
    return [`${model.name}: the image ${imageName(model)} is of ${tagged}, and the plan is for ${model.engine} ${model.version}`];
  });

/** Images of weights that a model names, of adapters and of further models too, by their path. */
function weightImages({ weights = {}, vllm, ollama }: EnvironmentModel): [string, string][] {
  const sources = [
    ...Object.entries(weights).map(([engine, source]) => [`weights.${engine}`, source] as const),
    ...(vllm?.speculative?.source ? [["vllm.speculative.source", vllm.speculative.source] as const] : []),
    ...Object.entries(vllm?.adapters ?? {}).map(([name, { source }]) => [`vllm.adapters.${name}.source`, source] as const),
    ...Object.entries(ollama?.additionalModels ?? {}).flatMap(([name, other]) =>
      Object.entries(other.weights ?? {}).map(([engine, source]) => [`ollama.additionalModels.${name}.weights.${engine}`, source] as const),
    ),
  ];
  return sources.flatMap(([path, source]) => (source?.kind === "image" ? [[path, source.image]] : []));
}

/** Names of all images that an environment deploys, or would if the images file pinned them; those that name a digest themselves are not among them. */
export function deployedImages(environment: Environment, plan: EnvironmentPlan): string[] {
  const weights = Object.values(environment.models).flatMap((model) => weightImages(model).map(([, image]) => image));
  const { monitoring, docker, gateway, scaling } = environment;
  const door = [...new Set([...gatewayImages(environment), ...(gateway ? ["envoy"] : [])])];
  const names = [
    verifierImage,
    ...monitoringImages(monitoring),
    ...dockerMonitoringImages(docker),
    ...door,
    ...scalingImages(scaling),
    ...plan.models.map(imageName),
    ...weights,
  ];
  return [...new Set(names)].filter((name) => !pinnedImage.safeParse(name).success).sort();
}

/** Images by name that an environment deploys and its images file pins, each by digest; those that the program builds are not among them. */
export function pinnedImages(environment: Environment, plan: EnvironmentPlan): Record<string, string> {
  const pinned = deployedImages(environment, plan).filter((name) => Object.hasOwn(environment.imageDigests, name));
  return Object.fromEntries(pinned.map((name) => [name, environment.imageDigests[name]!]));
}
