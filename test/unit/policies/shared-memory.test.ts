import { expect, it } from "vitest";

import { sharedMemory } from "../../../policies/shared-memory";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(sharedMemory, [changed(deployment, "chat", { ...change })]);

it.each([[{}], [{ [`${pod}.volumes`]: [{ name: "shared-memory", emptyDir: {} }] }], [{ [`${pod}.volumes.0.emptyDir.sizeLimit`]: "15Gi" }]])(
  "accepts %o",
  (change) => expect(judged(change)).toEqual([]),
);

it("refuses a volume in memory without a bound", () => {
  expect(judged({ [`${pod}.volumes.0.emptyDir`]: { medium: "Memory" } })).toEqual([
    "chat: spec.template.spec.volumes[shared-memory].emptyDir.sizeLimit: must be set on a volume in memory, got nothing; 2Gi is enough for one GPU, 8Gi where a model is split over several",
  ]);
});

it("refuses volumes that together fill the limit of a container, and leaves alone who does not mount them", () => {
  const volumes = ["a", "b"].map((name) => ({ name, emptyDir: { medium: "Memory", sizeLimit: "8Gi" } }));
  const mounts = { [`${server}.volumeMounts`]: [{ name: "a" }, { name: "b" }], [`${pod}.initContainers.0.volumeMounts`]: [{ name: "a" }] };
  expect(judged({ [`${pod}.volumes`]: volumes, ...mounts })).toEqual([
    'chat: spec.template.spec.containers[vllm].resources.limits.memory: must be more than its volumes in memory hold (a 8Gi, b 8Gi), got "16Gi"; raise it by their size',
  ]);
});
