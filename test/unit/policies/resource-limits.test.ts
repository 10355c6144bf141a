import { expect, it } from "vitest";

import { resourceLimits } from "../../../policies/resource-limits";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

const violations = (resources: object | undefined) =>
  evaluate(resourceLimits, [changed(deployment, "chat", { [`${server}.resources`]: resources })]);
const at = "chat: spec.template.spec.containers[vllm].resources";
const noLimit = (got = "nothing", path = at) => `${path}.limits.memory: must be set, got ${got}; set what the plan gives the pod`;
const noMemory = (got = "nothing", path = at) => `${path}.requests.memory: must be set, got ${got}; set it to the limit`;
const noCpu = (got = "nothing", path = at) => `${path}.requests.cpu: must be set, got ${got}; set the cores that it needs`;

it.each([
  [{ limits: { cpu: "500m", memory: "1Gi" } }],
  [{ requests: { cpu: 1, memory: "1024Mi" }, limits: { memory: "1Gi" } }],
  [{ requests: { cpu: 1, memory: "1023Mi" }, limits: { memory: "1Gi" } }],
])("accepts %o", (resources) => expect(violations(resources)).toEqual([]));

it.each([
  [{ requests: { cpu: "1", memory: "1Gi" }, limits: {} }, [noLimit()]],
  [{ requests: { cpu: "1", memory: "1Gi" } }, [noLimit()]],
  [{ requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "lots" } }, [noLimit('"lots"')]],
  [{ requests: { cpu: "1", memory: "0" }, limits: { memory: "1Gi" } }, [noMemory('"0"')]],
  [{ requests: { memory: "1Gi" }, limits: { memory: "1Gi" } }, [noCpu()]],
  [{ requests: { cpu: "0", memory: "1Gi" }, limits: { cpu: "1", memory: "1Gi" } }, [noCpu('"0"')]],
  [
    { requests: { cpu: "1", memory: "1025Mi" }, limits: { memory: "1Gi" } },
    [`${at}.requests.memory: must be at most the limit of 1Gi, got "1025Mi"; lower it, or raise the limit`],
  ],
  [undefined, [noLimit(), noMemory(), noCpu()]],
])("refuses %o", (resources, messages) => expect(violations(resources)).toEqual(messages));

it("looks into init containers, and asks nothing of ephemeral ones, which may have none", () => {
  const bare = [{ name: "other" }];
  const path = at.replace("containers[vllm]", "initContainers[other]");
  expect(
    evaluate(resourceLimits, [changed(deployment, "chat", { [`${pod}.initContainers`]: bare, [`${pod}.ephemeralContainers`]: bare })]),
  ).toEqual([noLimit("nothing", path), noMemory("nothing", path), noCpu("nothing", path)]);
});

it("accepts what the components make, and what has no pods", () => {
  expect(evaluate(resourceLimits, [deployment, ollama, service])).toEqual([]);
});
