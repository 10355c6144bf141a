import { expect, it } from "vitest";

import { imageDigest } from "../../../policies/image-digest";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(imageDigest, [changed(deployment, "chat", { ...change })]);
const bound = "must be pinned by digest (name@sha256:<64 hex>)";
const fix = "name the digest that the tag has in its registry";

it("accepts digests, and resources without pods", () => {
  expect(judged({})).toEqual([]);
  expect(
    judge(imageDigest, [changed({ ...deployment, type: "kubernetes:core/v1:Service" }, "chat", { [`${server}.image`]: "app:1" })]),
  ).toEqual([]);
});

it.each([
  [
    { [`${server}.image`]: "vllm/vllm-openai:latest" },
    `chat: spec.template.spec.containers[vllm].image: ${bound}, got "vllm/vllm-openai:latest"; ${fix}`,
  ],
  [{ [`${server}.image`]: undefined }, `chat: spec.template.spec.containers[vllm].image: ${bound}, got nothing; ${fix}`],
  [
    { [`${pod}.initContainers.0.image`]: "busybox" },
    `chat: spec.template.spec.initContainers[bring].image: ${bound}, got "busybox"; ${fix}`,
  ],
])("refuses %o", (change, message) => expect(judged(change)).toEqual([message]));

it.each([
  ["kubernetes:core/v1:Pod", "spec", "spec"],
  ["kubernetes:batch/v1:CronJob", "spec.jobTemplate.spec.template.spec", "spec.jobTemplate.spec.template.spec"],
])("looks into a %s", (type, at, path) => {
  const resource = changed({ ...deployment, type, props: {} }, "chat", { [`${at}.containers`]: [{ name: "app", image: "app" }] });
  expect(judge(imageDigest, [resource])).toEqual([`chat: ${path}.containers[app].image: ${bound}, got "app"; ${fix}`]);
});
