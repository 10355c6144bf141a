import type { Fault } from "../lib/planner/fault";
import { podRule } from "./lib/pod-rule";
import { each } from "./lib/rule";
import { type Container, containersOf, gpusOf, type Placed, type SecurityContext, type Workload } from "./lib/workload";

/** What Kubernetes' Pod Security level `restricted` asks (kubernetes.io, Pod Security Standards), and a read-only root filesystem besides. */
export const restrictedPod = podRule({
  name: "restricted-pod",
  description: "Pods run restricted: no root, no privileges, no account token that they do not use.",
  severity: "high",
  check(workload) {
    return [
      ...each([workload], (pod) => [...tokenFaults(pod), ...sharingFaults(pod)]),
      ...each(containersOf(workload), (placed) => containerFaults(placed, workload.pod.securityContext ?? {})),
    ];
  },
});

/** A server that names no account of its own talks to no API server. */
function tokenFaults({ pod, path }: Workload): Fault[] {
  const { automountServiceAccountToken: value, serviceAccountName } = pod;
  if (value === false || serviceAccountName) return [];
  const bound = "must be false for a pod without a service account of its own";
  return [{ path: `${path}.automountServiceAccountToken`, value, bound, fix: "set it to false, or name the account that the pod needs" }];
}

/** Processes that see each other read each other's memory and files; a sysctl that is not safe is the node's own. */
function sharingFaults({ pod, path }: Workload): Fault[] {
  const unsafe = (pod.securityContext?.sysctls ?? []).flatMap(({ name }) => (safeSysctls.has(name) ? [] : [name]));
  const sysctls = { path: `${path}.securityContext.sysctls`, value: unsafe, bound: "must be safe ones", fix: "remove them" };
  const processes = { path: `${path}.shareProcessNamespace`, value: true, bound: "must not be set", fix: "remove it" };
  return [...(pod.shareProcessNamespace ? [processes] : []), ...(unsafe.length > 0 ? [sysctls] : [])];
}

/** Those that Pod Security admits (kubernetes.io, Pod Security Standards, baseline). */
const safeSysctls = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

function containerFaults({ container, path }: Placed, ofPod: SecurityContext): Fault[] {
  const context = container.securityContext ?? {};
  const { runAsNonRoot, runAsUser, seccompProfile, appArmorProfile } = { ...ofPod, ...context };
  const { allowPrivilegeEscalation, capabilities = {}, readOnlyRootFilesystem, procMount } = context;
  const added = (capabilities.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
  const rows: readonly [ok: boolean, field: string, value: unknown, bound: string, fix: string][] = [
    [runAsNonRoot === true, "runAsNonRoot", runAsNonRoot, "must be true", "set it, and runAsUser to any user but 0"],
    [runAsUser !== 0, "runAsUser", runAsUser, "must not be root", "use any user but 0"],
    [
      isConfined(seccompProfile?.type),
      "seccompProfile.type",
      seccompProfile?.type,
      "must be RuntimeDefault or Localhost",
      "set RuntimeDefault",
    ],
    [
      appArmorProfile?.type !== "Unconfined",
      "appArmorProfile.type",
      appArmorProfile?.type,
      "must be RuntimeDefault or Localhost",
      "remove it",
    ],
    [procMount !== "Unmasked", "procMount", procMount, "must be Default", "remove it"],
    [allowPrivilegeEscalation === false, "allowPrivilegeEscalation", allowPrivilegeEscalation, "must be false", "set it to false"],
    [capabilities.drop?.includes("ALL") === true, "capabilities.drop", capabilities.drop, "must hold ALL", 'set it to ["ALL"]'],
    [added.length === 0, "capabilities.add", added, "may hold NET_BIND_SERVICE only", "remove the others"],
    [mayWrite(container) || readOnlyRootFilesystem === true, "readOnlyRootFilesystem", readOnlyRootFilesystem, "must be true", writable],
  ];
  return rows.flatMap(([ok, field, value, bound, fix]) => (ok ? [] : [{ path: `${path}.securityContext.${field}`, value, bound, fix }]));
}

const writable = "set it, and mount an emptyDir where the program writes";
const isConfined = (type: string | undefined): boolean => type === "RuntimeDefault" || type === "Localhost";

/** NVIDIA's container hook writes the linker's cache into the root filesystem (kserve/kserve config-llm-template.yaml, 2026-08-21). */
const mayWrite = (container: Container): boolean => gpusOf(container) > 0;
