import { expect, it } from "vitest";

import { resourceLimits } from "../../../policies/resource-limits";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(resourceLimits, [changed(deployment, "chat", { ...change })]);
const at = "chat: spec.template.spec.containers[vllm].resources";

it.each([
  [{}],
  [{ [`${server}.resources`]: { limits: { cpu: "500m", memory: "1Gi" } } }],
  [{ [`${server}.resources`]: { requests: { cpu: 1, memory: "1024Mi" }, limits: { memory: "1Gi" } } }],
])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it.each([
  [{ [`${server}.resources.limits`]: {} }, [`${at}.limits.memory: must be set, got nothing; set what the plan gives the pod`]],
  [{ [`${server}.resources.limits.memory`]: "lots" }, [`${at}.limits.memory: must be set, got "lots"; set what the plan gives the pod`]],
  [{ [`${server}.resources.requests.cpu`]: undefined }, [`${at}.requests.cpu: must be set, got nothing; set the cores that it needs`]],
  [
    { [`${server}.resources.requests.memory`]: "17Gi" },
    [`${at}.requests.memory: must be at most the limit of 16Gi, got "17Gi"; lower it, or raise the limit`],
  ],
  [
    { [`${pod}.initContainers.0.resources`]: undefined },
    [
      "chat: spec.template.spec.initContainers[bring].resources.limits.memory: must be set, got nothing; set what the plan gives the pod",
      "chat: spec.template.spec.initContainers[bring].resources.requests.memory: must be set, got nothing; set it to the limit",
      "chat: spec.template.spec.initContainers[bring].resources.requests.cpu: must be set, got nothing; set the cores that it needs",
    ],
  ],
])("refuses %o", (change, messages) => expect(judged(change)).toEqual(messages));
