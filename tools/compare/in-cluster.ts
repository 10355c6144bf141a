import { setTimeout as sleep } from "node:timers/promises";
import { roleLabel } from "../../components/namespace/paths";
import { serverLabels } from "../../components/serving/pod";
import type { EngineName } from "../../lib/engines/tables";
import type { Kubectl } from "../lib/cluster";
import { Failure } from "../lib/fault";
import { type Server, sizeCommand, sizeMib } from "./server";

/** A pod as far as it is read here. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime: string }[];
    readonly containerStatuses?: readonly { readonly state?: { readonly running?: { readonly startedAt: string } } }[];
  };
}

/** What a node says of the memory of its pods. */
interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly uid: string };
    readonly containers?: readonly { readonly memory?: { readonly workingSetBytes?: number } }[];
  }[];
}

/** Memory of a pod by what its node says. */
export function memoryMibIn({ pods }: Summary, uid: string): number {
  const sizes = pods.find(({ podRef }) => podRef.uid === uid)?.containers?.map(({ memory }) => memory?.workingSetBytes) ?? [];
  if (sizes.length === 0 || sizes.includes(undefined)) throw new Failure("the node says nothing of the memory of the pod");
  return sizes.reduce<number>((sum, size) => sum + size!, 0) / 2 ** 20;
}

/** Seconds from the start of a pod's last container until the pod was ready, both as the node noted them; undefined: it is not ready yet. */
export function readySeconds({ metadata, status }: Pod): number | undefined {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  const starts = (status.containerStatuses ?? []).map(({ state }) => state?.running?.startedAt);
  if (ready?.status !== "True" || metadata.deletionTimestamp || starts.length === 0 || starts.includes(undefined)) return undefined;
  return (Date.parse(ready.lastTransitionTime) - Math.max(...starts.map((start) => Date.parse(start!)))) / 1000;
}

/** The pods of a server in a cluster, which the cluster itself tells of. */
export function clusterServer(
  kubectl: Kubectl,
  namespace: string,
  server: { readonly name: string; readonly engine: EngineName },
  timeoutSeconds: number,
): Server {
  const selector = Object.entries({ ...serverLabels(server), [roleLabel]: "server" }).map((label) => label.join("="));
  const all = async (): Promise<Pod[]> =>
    JSON.parse(await kubectl(["get", "pods", `--namespace=${namespace}`, `--selector=${selector.join(",")}`, "--output=json"])).items;
  const ready = async (): Promise<Pod[]> => {
    const pods = (await all()).filter((pod) => readySeconds(pod) !== undefined);
    if (pods.length === 0) throw new Failure("no pod of it is ready");
    return pods;
  };
  return {
    memoryMib: async () => {
      const sizes = (await ready()).map(async ({ spec, metadata }) => {
        const summary = await kubectl(["get", `--raw=/api/v1/nodes/${spec.nodeName}/proxy/stats/summary`]);
        return memoryMibIn(JSON.parse(summary), metadata.uid);
      });
      return Math.max(...(await Promise.all(sizes)));
    },
    diskMib: async (path) => {
      const [pod] = await ready();
      return sizeMib(await kubectl(["exec", `--namespace=${namespace}`, pod!.metadata.name, "--", ...sizeCommand(path)]));
    },
    restart: async () => {
      const before = await ready();
      const known = new Set(before.map(({ metadata }) => metadata.uid));
      await kubectl(["delete", "pod", `--namespace=${namespace}`, before[0]!.metadata.name, "--wait=false"]);
      for (const end = Date.now() + timeoutSeconds * 1000; Date.now() < end; await sleep(1000)) {
        const [seconds] = (await all()).filter(({ metadata }) => !known.has(metadata.uid)).flatMap((pod) => readySeconds(pod) ?? []);
        if (seconds !== undefined) return seconds;
      }
      throw new Failure(`a pod in place of it was not ready in ${timeoutSeconds} s`);
    },
  };
}
