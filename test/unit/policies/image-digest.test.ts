import { expect, it } from "vitest";

import { imageDigest } from "../../../policies/image-digest";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

const refused = (path: string, got: string) =>
  `chat: ${path}.image: must be pinned by digest (name@sha256:<64 hex>), got ${got}; name the digest that the tag has in its registry`;
const hex = "0123456789abcdef".repeat(4);

it("accepts digests, and resources without pods", () => {
  expect(evaluate(imageDigest, [deployment, ollama, service])).toEqual([]);
  expect(evaluate(imageDigest, [changed(deployment, "chat", { [`${server}.image`]: `host:5000/app:1@sha256:${hex}` })])).toEqual([]);
});

it.each([
  ["vllm/vllm-openai:latest", '"vllm/vllm-openai:latest"'],
  ["vllm", '"vllm"'],
  [undefined, "nothing"],
  [`app@sha256:${hex.slice(1)}`, `"app@sha256:${hex.slice(1)}"`],
  [`app@sha256:${hex}0`, `"app@sha256:${hex}0"`],
  [`app@sha256:${hex.toUpperCase()}`, `"app@sha256:${hex.toUpperCase()}"`],
])("refuses %s", (image, got) =>
  expect(evaluate(imageDigest, [changed(deployment, "chat", { [`${server}.image`]: image })])).toEqual([
    refused("spec.template.spec.containers[vllm]", got),
  ]),
);

it.each(["initContainers", "ephemeralContainers"])("looks into %s", (list) => {
  const change = { [`${pod}.${list}`]: [{ name: "other", image: "busybox" }] };
  expect(evaluate(imageDigest, [changed(deployment, "chat", change)])).toEqual([refused(`spec.template.spec.${list}[other]`, '"busybox"')]);
});
