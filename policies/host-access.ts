import type { Fault } from "../lib/planner/fault";
import { each, type Resource, resourceRule } from "./lib/rule";
import { containersOf, type Placed, type Workload, workloadsOf } from "./lib/workload";

/** Whoever holds the node holds every pod on it. */
export const hostAccess = resourceRule({
  name: "host-access",
  description: "Pods have no part in their node: no host path, network, processes, ports or privileges.",
  severity: "critical",
  check(resource) {
    const workloads = workloadsOf(resource);
    return [
      ...(resource.type === "kubernetes:core/v1:PersistentVolume" ? persistentVolumeFaults(resource) : []),
      ...each(workloads, namespaceFaults),
      ...workloads.flatMap(volumeFaults),
      ...each(workloads.flatMap(containersOf), containerFaults),
    ];
  },
});

const namespaceFaults = ({ pod, path }: Workload): Fault[] =>
  (["hostNetwork", "hostPID", "hostIPC"] as const).flatMap((field) =>
    pod[field] ? [{ path: `${path}.${field}`, value: true, bound: "must not be set", fix: "remove it" }] : [],
  );

/** A claim hides from its pod that the volume is a folder of the node. */
const persistentVolumeFaults = ({ props }: Resource): Fault[] =>
  each(["hostPath", "local"], (kind) => {
    const volume = (props["spec"] as Record<string, { readonly path?: string } | undefined> | undefined)?.[kind];
    const fix = "use a volume of a storage class";
    return volume ? [{ path: `spec.${kind}`, value: volume.path, bound: "must not be a folder of the node", fix }] : [];
  });

const volumeFaults = ({ pod, path }: Workload): Fault[] =>
  each(pod.volumes ?? [], ({ name, hostPath }) => {
    const fix = "use an emptyDir or a PersistentVolumeClaim";
    return hostPath ? [{ path: `${path}.volumes[${name}].hostPath`, value: hostPath.path, bound: "must not be mounted", fix }] : [];
  });

function containerFaults({ container: { securityContext, ports = [] }, path }: Placed): Fault[] {
  const exposed = ports.flatMap(({ hostPort }) => (hostPort ? [hostPort] : []));
  return [
    ...(securityContext?.privileged
      ? [{ path: `${path}.securityContext.privileged`, value: true, bound: "must not be set", fix: "remove it" }]
      : []),
    ...exposed.map((value) => ({
      path: `${path}.ports.hostPort`,
      value,
      bound: "must not be set",
      fix: "reach the pod through a Service",
    })),
  ];
}
