import { expect, it } from "vitest";
import { officialImages } from "../../../lib/environment/monitoring-config";
import { imageRegistry } from "../../../policies/image-registry";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

const digest = `@sha256:${"a".repeat(64)}`;
const violations = (image: string | undefined, registries?: string[]) =>
  evaluate(
    imageRegistry,
    [changed(deployment, "chat", { [`${server}.image`]: image === undefined ? undefined : image + digest })],
    registries ? { registries } : {},
  );
const refused = (path: string, got: string, registries = "docker.io/vllm, ghcr.io/ours") =>
  `chat: spec.template.spec.${path}.image: must come from ${registries}, got ${got}; copy it to one of them, or allow its registry in the environment`;

it.each([
  ["docker.io/vllm/vllm-openai", undefined],
  ["ollama/ollama", undefined],
  ["mcr.microsoft.com/oss/v2/nvidia/k8s-device-plugin", undefined],
  ["nvcr.io/nvidia/k8s/dcgm-exporter", undefined],
  ["198.18.0.2:5000/ollama:1", ["198.18.0.2:5000", "docker.io/vllm"]],
  ["localhost/app", ["localhost"]],
  ["busybox", ["docker.io/library", "docker.io/vllm"]],
  ["python:3.13-slim", ["docker.io/library/python", "docker.io/vllm"]],
  ["ghcr.io/ours/app", ["ghcr.io/ours/", "docker.io/vllm"]],
  ["ghcr.io/ours/app", ["ghcr.io/ours/app"]],
  ...Object.values(officialImages).map((image) => [image, undefined] as [string, undefined]),
])("accepts %s", (image, registries) => expect(violations(image, registries)).toEqual([]));

it.each([
  "evil.example/vllm",
  "docker.io/vllm-evil/vllm-openai",
  "localhost/vllm",
  "vllm",
  "docker.io/vllm5000/x",
  "evil.example/docker.io/vllm/x",
  "evil:5000/vllm",
])("refuses %s", (image) =>
  expect(violations(image, ["docker.io/vllm", "ghcr.io/ours"])).toEqual([refused("containers[vllm]", `"${image}${digest}"`)]),
);

it("refuses an image below no registry of its own name, and one that is not named", () => {
  expect(violations("ghcr.io.evil.example/app", ["ghcr.io"])).toEqual([
    refused("containers[vllm]", `"ghcr.io.evil.example/app${digest}"`, "ghcr.io"),
  ]);
  expect(violations("ghcr.io:444/app", ["ghcr.io"])).toEqual([refused("containers[vllm]", `"ghcr.io:444/app${digest}"`, "ghcr.io")]);
  expect(violations(undefined, ["ghcr.io"])).toEqual([refused("containers[vllm]", '""', "ghcr.io")]);
});

it("looks at every container, and at pods only", () => {
  const change = { [`${pod}.initContainers`]: [{ name: "setup", image: "evil.example/a" }] };
  expect(evaluate(imageRegistry, [changed(deployment, "chat", change)], { registries: ["docker.io/vllm"] })).toEqual([
    refused("initContainers[setup]", '"evil.example/a"', "docker.io/vllm"),
  ]);
  expect(evaluate(imageRegistry, [ollama, service])).toEqual([]);
});
