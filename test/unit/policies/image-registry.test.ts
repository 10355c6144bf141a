import { expect, it } from "vitest";

import { imageRegistry } from "../../../policies/image-registry";
import { officialImages } from "../../../stacks/monitoring-config";
import { changed, deployment, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const digest = `@sha256:${"a".repeat(64)}`;
const judged = (image: string, registries?: string[]) =>
  judge(imageRegistry, [changed(deployment, "chat", { [`${server}.image`]: image + digest })], registries ? { registries } : {});

it.each([
  ["docker.io/vllm/vllm-openai", undefined],
  ["ollama/ollama", undefined],
  ["mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin", undefined],
  ["198.18.0.2:5000/ollama:1", ["198.18.0.2:5000", "docker.io/vllm"]],
  ["busybox", ["docker.io/library", "docker.io/vllm"]],
  ["python:3.13-slim", ["docker.io/library/python", "docker.io/vllm"]],
  ...Object.values(officialImages).map((image) => [image, undefined] as [string, undefined]),
])("accepts %s", (image, registries) => expect(judged(image, registries)).toEqual([]));

it.each(["evil.example/vllm", "docker.io/vllm-evil/vllm-openai", "localhost/vllm", "vllm", "docker.io/vllm5000/x"])("refuses %s", (image) =>
  expect(judged(image, ["docker.io/vllm", "ghcr.io/ours"])).toEqual([
    `chat: spec.template.spec.containers[vllm].image: must come from docker.io/vllm, ghcr.io/ours, got "${image}${digest}"; copy it to one of them, or allow its registry in the environment`,
  ]),
);
