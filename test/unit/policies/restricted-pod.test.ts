import { expect, it } from "vitest";

import { restrictedPod } from "../../../policies/restricted-pod";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

const violations = (change: object, base = deployment) => evaluate(restrictedPod, [changed(base, "chat", { ...change })]);
const own = `${server}.securityContext`;
const context = "chat: spec.template.spec.containers[vllm].securityContext";

it("accepts what the components make, and what has no pods", () =>
  expect(evaluate(restrictedPod, [deployment, ollama, service])).toEqual([]));

it.each([
  [{ [`${pod}.automountServiceAccountToken`]: undefined, [`${pod}.serviceAccountName`]: "prometheus" }],
  [{ [`${own}.capabilities.add`]: ["NET_BIND_SERVICE"] }],
  [{ [`${own}.capabilities.drop`]: ["KILL", "ALL"] }],
  // The container of a GPU may write to its root filesystem: NVIDIA's hook does.
  [{ [`${own}.readOnlyRootFilesystem`]: false }],
  [{ [`${pod}.securityContext`]: {}, [`${own}.runAsNonRoot`]: true, [`${own}.seccompProfile`]: { type: "Localhost" } }],
  [{ [`${pod}.securityContext.runAsUser`]: 0, [`${own}.runAsUser`]: 1 }],
  [{ [`${own}.appArmorProfile`]: { type: "RuntimeDefault" }, [`${own}.procMount`]: "Default" }],
  [{ [`${pod}.securityContext.sysctls`]: [{ name: "net.ipv4.tcp_syncookies" }], [`${pod}.shareProcessNamespace`]: false }],
])("accepts %o", (change) => expect(violations(change)).toEqual([]));

it.each([
  [{ [`${own}.runAsUser`]: 0 }, `${context}.runAsUser: must not be root, got 0; use any user but 0`],
  [{ [`${pod}.securityContext.runAsUser`]: 0 }, `${context}.runAsUser: must not be root, got 0; use any user but 0`],
  [{ [`${own}.runAsNonRoot`]: false }, `${context}.runAsNonRoot: must be true, got false; set it, and runAsUser to any user but 0`],
  [
    { [`${pod}.securityContext.runAsNonRoot`]: undefined },
    `${context}.runAsNonRoot: must be true, got nothing; set it, and runAsUser to any user but 0`,
  ],
  [
    { [`${own}.seccompProfile`]: { type: "Unconfined" } },
    `${context}.seccompProfile.type: must be RuntimeDefault or Localhost, got "Unconfined"; set RuntimeDefault`,
  ],
  [
    { [`${pod}.securityContext.seccompProfile`]: undefined },
    `${context}.seccompProfile.type: must be RuntimeDefault or Localhost, got nothing; set RuntimeDefault`,
  ],
  [
    { [`${pod}.securityContext.appArmorProfile`]: { type: "Unconfined" } },
    `${context}.appArmorProfile.type: must be RuntimeDefault or Localhost, got "Unconfined"; remove it`,
  ],
  [{ [`${own}.procMount`]: "Unmasked" }, `${context}.procMount: must be Default, got "Unmasked"; remove it`],
  [{ [`${own}.allowPrivilegeEscalation`]: undefined }, `${context}.allowPrivilegeEscalation: must be false, got nothing; set it to false`],
  [{ [`${own}.capabilities.drop`]: ["KILL"] }, `${context}.capabilities.drop: must hold ALL, got ["KILL"]; set it to ["ALL"]`],
  [{ [`${own}.capabilities`]: undefined }, `${context}.capabilities.drop: must hold ALL, got nothing; set it to ["ALL"]`],
  [
    { [`${own}.capabilities.add`]: ["SYS_ADMIN", "NET_BIND_SERVICE"] },
    `${context}.capabilities.add: may hold NET_BIND_SERVICE only, got ["SYS_ADMIN"]; remove the others`,
  ],
  [
    { [`${own}.readOnlyRootFilesystem`]: false, [`${server}.resources`]: {} },
    `${context}.readOnlyRootFilesystem: must be true, got false; set it, and mount an emptyDir where the program writes`,
  ],
  [
    { [`${pod}.automountServiceAccountToken`]: undefined },
    "chat: spec.template.spec.automountServiceAccountToken: must be false for a pod without a service account of its own, got nothing; set it to false, or name the account that the pod needs",
  ],
  [{ [`${pod}.shareProcessNamespace`]: true }, "chat: spec.template.spec.shareProcessNamespace: must not be set, got true; remove it"],
  [
    { [`${pod}.securityContext.sysctls`]: [{ name: "kernel.msgmax" }, { name: "net.ipv4.tcp_syncookies" }] },
    'chat: spec.template.spec.securityContext.sysctls: must be safe ones, got ["kernel.msgmax"]; remove them',
  ],
])("refuses %o", (change, message) => expect(violations(change)).toEqual([message]));

it.each([
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
])("accepts the sysctl %s, which Pod Security admits", (name) => {
  expect(violations({ [`${pod}.securityContext.sysctls`]: [{ name }] })).toEqual([]);
});

it.each(["initContainers", "ephemeralContainers"])("looks into %s too", (list) => {
  const { securityContext } = restricted;
  const other = { name: "other", securityContext: { ...securityContext, allowPrivilegeEscalation: true } };
  expect(violations({ [`${pod}.${list}`]: [other] })).toEqual([
    `chat: spec.template.spec.${list}[other].securityContext.allowPrivilegeEscalation: must be false, got true; set it to false`,
  ]);
});

const restricted = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
};
