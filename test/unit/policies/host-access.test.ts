import { expect, it } from "vitest";

import { hostAccess } from "../../../policies/host-access";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(hostAccess, [changed(deployment, "chat", { ...change })]);
const at = "chat: spec.template.spec";

it("accepts a pod that has no part in its node", () => expect(judged({})).toEqual([]));

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
    { [`${server}.ports.0.hostPort`]: 80 },
    `${at}.containers[vllm].ports.hostPort: must not be set, got 80; reach the pod through a Service`,
  ],
])("refuses %o", (change, message) => expect(judged(change)).toEqual([message]));
