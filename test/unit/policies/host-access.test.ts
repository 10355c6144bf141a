import { expect, it } from "vitest";

import { hostAccess } from "../../../policies/host-access";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, type Fixture, ollama, pod, server } from "../../support/policies/fixtures";

const violations = (change: object) => evaluate(hostAccess, [changed(deployment, "chat", { ...change })]);
const at = "chat: spec.template.spec";

it("accepts pods that have no part in their node", () => {
  expect(evaluate(hostAccess, [deployment, ollama])).toEqual([]);
  const said = { [`${pod}.hostNetwork`]: false, [`${server}.securityContext.privileged`]: false, [`${server}.ports.0.hostPort`]: 0 };
  expect(violations(said)).toEqual([]);
});

it.each([
  [{ [`${pod}.hostNetwork`]: true }, `${at}.hostNetwork: must not be set, got true; remove it`],
  [{ [`${pod}.hostPID`]: true }, `${at}.hostPID: must not be set, got true; remove it`],
  [{ [`${pod}.hostIPC`]: true }, `${at}.hostIPC: must not be set, got true; remove it`],
  [
    { [`${pod}.volumes.1`]: { name: "host", hostPath: { path: "/models" } } },
    `${at}.volumes[host].hostPath: must not be mounted, got "/models"; use an emptyDir or a PersistentVolumeClaim`,
  ],
  [
    { [`${server}.securityContext.privileged`]: true },
    `${at}.containers[vllm].securityContext.privileged: must not be set, got true; remove it`,
  ],
  [
    { [`${server}.ports.1`]: { containerPort: 9, hostPort: 80 } },
    `${at}.containers[vllm].ports.hostPort: must not be set, got 80; reach the pod through a Service`,
  ],
  [
    { [`${pod}.initContainers`]: [{ name: "setup", securityContext: { privileged: true } }] },
    `${at}.initContainers[setup].securityContext.privileged: must not be set, got true; remove it`,
  ],
  [
    { [`${pod}.ephemeralContainers`]: [{ name: "debugger", securityContext: { privileged: true } }] },
    `${at}.ephemeralContainers[debugger].securityContext.privileged: must not be set, got true; remove it`,
  ],
])("refuses %o", (change, message) => expect(violations(change)).toEqual([message]));

const volume = (spec: object | undefined): Fixture => ({
  type: "kubernetes:core/v1:PersistentVolume",
  name: "models",
  opts: {},
  props: { apiVersion: "v1", kind: "PersistentVolume", ...(spec ? { spec } : {}) },
});

it.each([[{ csi: { driver: "disk.csi.azure.com" } }], [undefined]])("accepts a persistent volume of %o", (spec) =>
  expect(evaluate(hostAccess, [volume(spec)])).toEqual([]),
);

it.each([
  [{ hostPath: { path: "/" } }, 'models: spec.hostPath: must not be a folder of the node, got "/"; use a volume of a storage class'],
  [{ local: { path: "/mnt" } }, 'models: spec.local: must not be a folder of the node, got "/mnt"; use a volume of a storage class'],
])("refuses a persistent volume of %o", (spec, message) => expect(evaluate(hostAccess, [volume(spec)])).toEqual([message]));
