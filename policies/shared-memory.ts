import type { Fault } from "../lib/planner/fault";
import { podRule } from "./lib/pod-rule";
import { quantity } from "./lib/quantity";
import { each } from "./lib/rule";
import { type Container, containersOf, type Workload } from "./lib/workload";

/** What is written to a volume in memory counts against the container's limit: a volume that is larger is a server that is killed. */
export const sharedMemory = podRule({
  name: "shared-memory",
  description: "Volumes in memory are bounded, and fit in the memory limit of the containers that mount them.",
  severity: "medium",
  check(workload) {
    const volumes = inMemory(workload);
    return [
      ...volumes.flatMap(({ name, size }) => (size === undefined ? [unbounded(`${workload.path}.volumes[${name}]`)] : [])),
      ...each(containersOf(workload), ({ container, path }) => tooLarge(container, volumes, `${path}.resources.limits.memory`)),
    ];
  },
});

interface MemoryVolume {
  readonly name: string;
  readonly text: string | undefined;
  /** In bytes. */
  readonly size: number | undefined;
}

const inMemory = ({ pod }: Workload): MemoryVolume[] =>
  each(pod.volumes ?? [], ({ name, emptyDir }) =>
    emptyDir?.medium === "Memory" ? [{ name, text: emptyDir.sizeLimit, size: quantity(emptyDir.sizeLimit) }] : [],
  );

const unbounded = (path: string): Fault => ({
  path: `${path}.emptyDir.sizeLimit`,
  value: undefined,
  bound: "must be set on a volume in memory",
  fix: "2Gi is enough for one GPU, 8Gi where a model is split over several",
});

function tooLarge({ volumeMounts = [], resources }: Container, volumes: readonly MemoryVolume[], path: string): Fault[] {
  const mounted = volumes.filter(({ name }) => volumeMounts.some((mount) => mount.name === name));
  const value = resources?.limits?.["memory"];
  const limit = quantity(value);
  const sum = mounted.reduce((total, { size = 0 }) => total + size, 0);
  if (limit === undefined || sum < limit) return [];
  const list = mounted.map(({ name, text }) => `${name} ${text}`).join(", ");
  return sum === 0 ? [] : [{ path, value, bound: `must be more than its volumes in memory hold (${list})`, fix: "raise it by their size" }];
}
