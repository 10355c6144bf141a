import { expect, it } from "vitest";

import { restrictedPod } from "../../../policies/restricted-pod";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(restrictedPod, [changed(deployment, "chat", { ...change })]);
const context = "spec.template.spec.containers[vllm].securityContext";

it.each([
  [{}],
  [{ [`${pod}.automountServiceAccountToken`]: undefined, [`${pod}.serviceAccountName`]: "prometheus" }],
  [{ [`${server}.securityContext.capabilities.add`]: ["NET_BIND_SERVICE"] }],
  // The container of a GPU may write to its root filesystem: NVIDIA's hook does.
  [{ [`${server}.securityContext.readOnlyRootFilesystem`]: false }],
])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it.each([
  [{ [`${server}.securityContext.runAsUser`]: 0 }, `chat: ${context}.runAsUser: must not be root, got 0; use any user but 0`],
  [
    { [`${server}.securityContext.runAsNonRoot`]: false },
    `chat: ${context}.runAsNonRoot: must be true, got false; set it, and runAsUser to any user but 0`,
  ],
  [
    { [`${server}.securityContext.seccompProfile`]: { type: "Unconfined" } },
    `chat: ${context}.seccompProfile.type: must be RuntimeDefault or Localhost, got "Unconfined"; set RuntimeDefault`,
  ],
  [
    { [`${server}.securityContext.allowPrivilegeEscalation`]: undefined },
    `chat: ${context}.allowPrivilegeEscalation: must be false, got nothing; set it to false`,
  ],
  [
    { [`${server}.securityContext.capabilities.drop`]: ["KILL"] },
    `chat: ${context}.capabilities.drop: must hold ALL, got ["KILL"]; set it to ["ALL"]`,
  ],
  [
    { [`${server}.securityContext.capabilities.add`]: ["SYS_ADMIN", "NET_BIND_SERVICE"] },
    `chat: ${context}.capabilities.add: may hold NET_BIND_SERVICE only, got ["SYS_ADMIN"]; remove the others`,
  ],
  [
    { [`${server}.securityContext.readOnlyRootFilesystem`]: false, [`${server}.resources`]: {} },
    `chat: ${context}.readOnlyRootFilesystem: must be true, got false; set it, and mount an emptyDir where the program writes`,
  ],
  [
    { [`${pod}.automountServiceAccountToken`]: undefined },
    "chat: spec.template.spec.automountServiceAccountToken: must be false for a pod without a service account of its own, got nothing; set it to false, or name the account that the pod needs",
  ],
])("refuses %o", (change, message) => expect(judged(change)).toEqual([message]));

it("looks into init containers too", () => {
  expect(judged({ [`${pod}.initContainers.0.securityContext.allowPrivilegeEscalation`]: true })).toEqual([
    "chat: spec.template.spec.initContainers[bring].securityContext.allowPrivilegeEscalation: must be false, got true; set it to false",
  ]);
});
