import type { types } from "@pulumi/kubernetes";

type Pod = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;

/** The user that every pod of ours runs as; any uid but 0 would do. */
const uid = 65532;

/** What each pod of ours holds, so that the `restricted` Pod Security level admits it. */
export const restrictedPod = {
  automountServiceAccountToken: false,
  // A Service that is named like the engine would otherwise inject variables that the engine reads as its own.
  enableServiceLinks: false,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: uid,
    fsGroup: uid,
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  },
} satisfies Partial<Pod>;

/** The same for each container. */
export const restrictedContainer = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  terminationMessagePolicy: "FallbackToLogsOnError",
} satisfies Partial<Container>;
