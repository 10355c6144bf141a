import { needsCuda12 } from "../azure/gpu-driver";
import type { EnvironmentPlan } from "../planner/types";
import { officialGatewayImages } from "./gateway-config";
import { imageName, verifierImage } from "./image-names";
import { officialImages } from "./monitoring-config";

/** Images of engines by the name that the images file has for them (vllm-project/vllm, publish-release-images.sh; ollama/ollama, docs/docker.mdx). */
const engineImages: Readonly<Record<string, (version: string) => string>> = {
  vllm: (version) => `docker.io/vllm/vllm-openai:v${version}`,
  "vllm-cpu": (version) => `docker.io/vllm/vllm-openai-cpu:v${version}`,
  ollama: (version) => `docker.io/ollama/ollama:${version}`,
};

const fixedImages: Readonly<Record<string, string>> = {
  [verifierImage]: "docker.io/library/python:3.13-slim",
  ...officialImages,
  ...officialGatewayImages,
};

/**
 * The image that its project publishes under a name of the images file, by tag, for what is planned; undefined: there is none, or several are
 * as good. On Azure an image of vLLM runs on the driver of its nodes.
 */
export function officialImage(name: string, { models }: Pick<EnvironmentPlan, "models">, onAzure: boolean): string | undefined {
  const users = models.filter((model) => imageName(model) === name);
  const [first] = users;
  const engine = engineImages[name];
  if (!first || !engine) return Object.hasOwn(fixedImages, name) ? fixedImages[name] : undefined;
  const old = name === "vllm" && onAzure && users.some(({ placement }) => needsCuda12(placement.gpu));
  return `${engine(first.version)}${old ? "-cu129" : ""}`;
}
