import type { Change } from "./changes";

/** A Deployment, as far as it is read. */
interface Deployment {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: {
    readonly replicas?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxUnavailable?: number | string; readonly maxSurge?: number | string };
    };
    readonly template?: unknown;
  };
}

/** A pause, or an end, of what somebody uses. */
export interface Interruption {
  /** The model, or the resource. */
  readonly what: string;
  readonly why: string;
}

const isDeployment = ({ type }: Change): boolean => type === "kubernetes:apps/v1:Deployment";
const state = (change: Change, key: "old" | "new"): Deployment => (change[key]?.inputs ?? {}) as Deployment;
const instance = ({ metadata }: Deployment): string | undefined => metadata?.labels?.["app.kubernetes.io/instance"];

/** Kinds whose end is the end of what runs in them. */
const holders: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:Namespace": "everything in the namespace ends with it",
  "kubernetes:core/v1:Service": "its address goes: clients reach nobody",
  "azure-native:containerservice:ManagedCluster": "everything in the cluster ends with it",
  "azure-native:containerservice:AgentPool": "the pods on its nodes end with it",
  "azure-native:resources:ResourceGroup": "everything in the group ends with it",
  "azure-native:network:VirtualNetwork": "the cluster's nodes lose their network",
};

/** What an update would interrupt: pauses of models, and the end of what holds them. */
export function interruptionsOf(changes: readonly Change[]): Interruption[] {
  const successors = new Set(
    changes.filter((change) => isDeployment(change) && change.op === "create").map((change) => instance(state(change, "new"))),
  );
  return changes.flatMap((change) => {
    const what = (isDeployment(change) && (instance(state(change, "old")) ?? instance(state(change, "new")))) || change.name;
    const why = isDeployment(change) ? deploymentReason(change, successors) : holderReason(change);
    return why ? [{ what, why }] : [];
  });
}

/** A pool that is made anew before the old one goes interrupts nobody: models move when their Deployments follow its label. */
const makesWay = ({ type, op, deletedFirst }: Change): boolean =>
  type === "azure-native:containerservice:AgentPool" && op === "replace" && !deletedFirst;

const holderReason = (change: Change): string | undefined =>
  (change.op === "delete" || change.op === "replace") && !makesWay(change) ? holders[change.type] : undefined;

function deploymentReason(change: Change, successors: ReadonlySet<string | undefined>): string | undefined {
  const [before, after] = [state(change, "old"), state(change, "new")];
  if (change.op === "delete") return successors.has(instance(before)) ? undefined : "it is no longer served";
  if (change.op === "replace") return change.deletedFirst ? "its server is deleted before the new one is made" : undefined;
  if (change.op !== "update") return undefined;
  const replicas = after.spec?.replicas ?? 1;
  if (replicas === 0) return before.spec?.replicas === 0 ? undefined : "it runs no replica any more";
  if (JSON.stringify(before.spec?.template) === JSON.stringify(after.spec?.template)) return undefined;
  if (after.spec?.strategy?.type === "Recreate") return "its pods end before the new ones start: no answer for a cold start";
  const { maxUnavailable = 0, maxSurge = 0 } = after.spec?.strategy?.rollingUpdate ?? {};
  return maxSurge === 0 && Number(maxUnavailable) >= replicas ? "all its pods may be away at once: no answer for a cold start" : undefined;
}
