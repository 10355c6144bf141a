import { expect, it } from "vitest";

import { sharedMemory } from "../../../policies/shared-memory";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

/** A server with a memory limit of 16 GiB and these volumes, all of them mounted. */
function violations(volumes: Record<string, object>, memory: string | undefined = "16Gi") {
  const change = {
    [`${pod}.volumes`]: Object.entries(volumes).map(([name, emptyDir]) => ({ name, emptyDir })),
    [`${server}.volumeMounts`]: Object.keys(volumes).map((name) => ({ name })),
    [`${server}.resources`]: { limits: { memory } },
  };
  return evaluate(sharedMemory, [changed(deployment, "chat", change)]);
}
const inMemory = (sizeLimit?: string) => ({ medium: "Memory", ...(sizeLimit ? { sizeLimit } : {}) });
const tooLarge = (list: string, got = '"16Gi"', container = "containers[vllm]") =>
  `chat: spec.template.spec.${container}.resources.limits.memory: must be more than its volumes in memory hold (${list}), got ${got}; raise it by their size`;
const unbounded = (name: string) =>
  `chat: spec.template.spec.volumes[${name}].emptyDir.sizeLimit: must be set on a volume in memory, got nothing; 2Gi is enough for one GPU, 8Gi where a model is split over several`;

it("accepts what the components make, and what has no pods", () =>
  expect(evaluate(sharedMemory, [deployment, ollama, service])).toEqual([]));

it.each([
  [{ shm: {} }],
  [{ shm: { sizeLimit: "64Gi" } }],
  [{ shm: inMemory("16383Mi") }],
  [{ a: inMemory("8Gi"), b: inMemory("7Gi"), c: { sizeLimit: "8Gi" } }],
])("accepts %o", (volumes) => expect(violations(volumes)).toEqual([]));

it.each([
  [{ shm: inMemory() }, [unbounded("shm")]],
  [{ shm: inMemory("16Gi") }, [tooLarge("shm 16Gi")]],
  [{ a: inMemory("8Gi"), b: inMemory("8Gi") }, [tooLarge("a 8Gi, b 8Gi")]],
  [{ a: inMemory(), b: inMemory("17Gi") }, [unbounded("a"), tooLarge("a undefined, b 17Gi")]],
])("refuses %o", (volumes, messages) => expect(violations(volumes)).toEqual(messages));

it("says nothing of a limit that another rule asks for, or of one that no volume fills", () => {
  expect(violations({ shm: inMemory("16Gi") }, "none")).toEqual([]);
  expect(violations({}, "0")).toEqual([]);
});

it("leaves alone who does not mount them, and looks into init containers", () => {
  const volumes = ["a", "b"].map((name) => ({ name, emptyDir: inMemory("8Gi") }));
  const mounting = (...names: string[]) => names.map((name) => ({ name }));
  const change = {
    [`${pod}.volumes`]: volumes,
    [`${server}.volumeMounts`]: mounting("a", "other"),
    [`${server}.resources`]: { limits: { memory: "9Gi" } },
    [`${pod}.initContainers`]: [{ name: "setup", volumeMounts: mounting("a", "b"), resources: { limits: { memory: "9Gi" } } }],
  };
  expect(evaluate(sharedMemory, [changed(deployment, "chat", change)])).toEqual([
    tooLarge("a 8Gi, b 8Gi", '"9Gi"', "initContainers[setup]"),
  ]);
});
