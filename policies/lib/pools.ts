import { migProfiles } from "../../lib/accelerators/gpu";
import { own } from "../../lib/own";
import type { PolicyFacts } from "../../lib/policy-facts";
import { parseTaint, spotTaint } from "../../lib/taints";
import { hasGpu, maxNodesOf, type NodePool, poolsOf, sizeOf } from "./azure";
import { each, type Resource } from "./rule";
import type { Pod, Toleration } from "./workload";

/** A GPU pool that a stack makes, or that the environment says is there. */
export interface GpuPool {
  readonly name: string;
  /** Labels of its nodes by which pods select them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: not known. */
  readonly taints: readonly string[] | undefined;
  /** Devices of the pool at its largest; undefined: not known. */
  readonly gpus: number | undefined;
}

/** Every GPU pool that is known, by the stack first. */
export function gpuPools(resources: readonly Resource[], { pools }: PolicyFacts): GpuPool[] {
  const made = each(resources, (resource) => poolsOf(resource).flatMap(({ name, pool }) => (hasGpu(pool) ? [ofStack(name, pool)] : [])));
  const others = pools.map(({ size, maxNodes }) => ({
    name: size,
    labels: { [sizeLabel]: size },
    taints: undefined,
    gpus: devices({ vmSize: size, count: maxNodes }),
  }));
  return [...new Map([...others, ...made].map((pool) => [pool.name, pool])).values()];
}

const sizeLabel = "node.kubernetes.io/instance-type";

const ofStack = (name: string, pool: NodePool): GpuPool => ({
  name,
  labels: { agentpool: name, "kubernetes.azure.com/agentpool": name, [sizeLabel]: pool.vmSize ?? "", ...pool.nodeLabels },
  taints: [...(pool.nodeTaints ?? []), ...(pool.scaleSetPriority === "Spot" ? [spotTaint] : [])],
  gpus: devices(pool),
});

/** Devices at a pool's largest: cards, or slices of them. */
function devices(pool: NodePool): number | undefined {
  const [size, nodes] = [sizeOf(pool), maxNodesOf(pool)];
  if (!size || nodes === undefined) return undefined;
  const slices = migProfiles.find(({ name }) => name === pool.gpuInstanceProfile)?.instances ?? 1;
  return size.gpuCount * slices * nodes;
}

/** The pools whose nodes a pod's selector picks; where none has all its labels, those that may have them. */
export function poolsFor({ nodeSelector = {} }: Pod, pools: readonly GpuPool[]): GpuPool[] {
  const picks = (accept: (found: string | undefined, value: string) => boolean): GpuPool[] =>
    pools.filter(({ labels }) => Object.entries(nodeSelector).every(([label, value]) => accept(own(labels, label), value)));
  const exact = picks((found, value) => found === value);
  return exact.length > 0 ? exact : picks((found, value) => found === undefined || found === value);
}

/** Whether a pod bears a taint, as the scheduler decides it. */
export function tolerates(tolerations: readonly Toleration[] = [], taint: string): boolean {
  const { key, value, effect } = parseTaint(taint);
  return tolerations.some(
    (toleration) =>
      (!toleration.effect || toleration.effect === effect) &&
      (toleration.operator === "Exists"
        ? !toleration.key || toleration.key === key
        : toleration.key === key && (toleration.value ?? "") === value),
  );
}
