import type { Fault } from "../lib/planner/fault";
import { each, resourceRule } from "./lib/rule";
import { containersOf, type Placed, type Workload, workloadOf } from "./lib/workload";

/** Whoever holds the node holds every pod on it. */
export const hostAccess = resourceRule({
  name: "host-access",
  description: "Pods have no part in their node: no host path, network, processes, ports or privileges.",
  severity: "critical",
  check(resource) {
    const workload = workloadOf(resource);
    if (!workload) return [];
    return [...each([workload], namespaceFaults), ...volumeFaults(workload), ...each(containersOf(workload), containerFaults)];
  },
});

const namespaceFaults = ({ pod, path }: Workload): Fault[] =>
  (["hostNetwork", "hostPID", "hostIPC"] as const).flatMap((field) =>
    pod[field] ? [{ path: `${path}.${field}`, value: true, bound: "must not be set", fix: "remove it" }] : [],
  );

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
