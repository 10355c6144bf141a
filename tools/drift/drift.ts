import { type Events, nameOf, type Step } from "../lib/events";

/** What differs between a resource as the stack left it and as it is. */
export interface Drift {
  readonly name: string;
  readonly type: string;
  /** It is no longer there. */
  readonly gone: boolean;
  /** Properties that differ, by path, and nobody but the stack may change. */
  readonly properties: readonly string[];
  /** Those that somebody may change, each with the reason. */
  readonly expected: readonly { readonly property: string; readonly reason: string }[];
}

interface Rule {
  readonly type: RegExp;
  readonly property: RegExp;
  readonly reason: string;
  /** Whether it holds for this resource, among all of the stack. */
  readonly holds: (step: Step, all: readonly Step[]) => boolean;
}

const inputs = ({ old }: Step): Readonly<Record<string, unknown>> => old?.inputs ?? {};
const autoscaled = (step: Step): boolean => {
  const { enableAutoScaling, agentPoolProfiles } = inputs(step) as {
    enableAutoScaling?: boolean;
    agentPoolProfiles?: { enableAutoScaling?: boolean }[];
  };
  return enableAutoScaling === true || (agentPoolProfiles ?? []).some((profile) => profile.enableAutoScaling === true);
};
const scalers = /^kubernetes:(autoscaling\/v\w+:HorizontalPodAutoscaler|keda\.sh\/v\w+:ScaledObject)$/;

/** Whether a scaler of the stack scales this Deployment. */
function isScaled(step: Step, all: readonly Step[]): boolean {
  const { metadata } = inputs(step) as { metadata?: { name?: string; namespace?: string } };
  return all.some((other) => {
    const scaler = inputs(other) as { metadata?: { namespace?: string }; spec?: { scaleTargetRef?: { kind?: string; name?: string } } };
    const { kind = "Deployment", name } = scaler.spec?.scaleTargetRef ?? {};
    return (
      scalers.test(other.type) && kind === "Deployment" && name === metadata?.name && scaler.metadata?.namespace === metadata?.namespace
    );
  });
}

/** Changes by others that are meant: each is set once by the stack, and then left to whoever it is for. */
const rules: readonly Rule[] = [
  {
    type: /^kubernetes:apps\/v1:Deployment$/,
    property: /^spec\.replicas$/,
    reason: "a scaler of the stack sets the number of replicas",
    holds: isScaled,
  },
  {
    type: /^azure-native:containerservice:AgentPool$/,
    property: /^count$/,
    reason: "the cluster's autoscaler sets the number of nodes",
    holds: autoscaled,
  },
  {
    type: /^azure-native:containerservice:ManagedCluster$/,
    property: /^agentPoolProfiles\[\d+\]\.count$/,
    reason: "the cluster's autoscaler sets the number of nodes",
    holds: autoscaled,
  },
  {
    type: /^azure-native:containerservice:(AgentPool|ManagedCluster)$/,
    property: /^(kubernetesVersion|orchestratorVersion|agentPoolProfiles\[\d+\]\.orchestratorVersion)$/,
    reason: "AKS upgrades the cluster by its channel",
    holds: (_step, all) => all.some((step) => /:ManagedCluster$/.test(step.type) && hasChannel(step)),
  },
];

const hasChannel = (step: Step): boolean => {
  const { autoUpgradeProfile } = inputs(step) as { autoUpgradeProfile?: { upgradeChannel?: string } };
  return (autoUpgradeProfile?.upgradeChannel ?? "none") !== "none";
};

/** What a refresh found, resource by resource; what is as it was left is not among it. */
export function driftOf({ results }: Pick<Events, "results">): Drift[] {
  return results.filter(({ op }) => op === "update" || op === "delete").map((step) => driftIn(step, results));
}

function driftIn(step: Step, all: readonly Step[]): Drift {
  const { op, urn, type } = step;
  const differing =
    op === "delete" ? [] : [...new Set(Object.keys(step.detailedDiff ?? {}).concat(step.detailedDiff ? [] : (step.diffs ?? [])))].sort();
  const reasons = differing.map((property) => ({
    property,
    reason: rules.find((rule) => rule.type.test(type) && rule.property.test(property) && rule.holds(step, all))?.reason,
  }));
  return {
    name: nameOf(urn),
    type,
    gone: op === "delete",
    properties: reasons.filter(({ reason }) => reason === undefined).map(({ property }) => property),
    expected: reasons.flatMap(({ property, reason }) => (reason === undefined ? [] : [{ property, reason }])),
  };
}

/** Whether somebody changed what only the stack may: something is gone, or differs for no known reason. A difference without a name is one. */
export const isReal = ({ gone, properties, expected }: Drift): boolean => gone || properties.length > 0 || expected.length === 0;

/** What was found, a line each: what is real first. */
export function driftText(environment: string, drifts: readonly Drift[]): string {
  const real = drifts.filter(isReal);
  const expected = drifts.flatMap(({ name, expected: known }) =>
    known.map(({ property, reason }) => `  - ${name}: ${property}: ${reason}`),
  );
  return `${[
    `${environment}: ${real.length === 0 ? "no drift" : `${real.length} DRIFTED`}${expected.length > 0 ? `, ${expected.length} changed as expected` : ""}`,
    ...real.map(realLine),
    ...expected,
    ...(real.length > 0 ? [`make up ENV=${environment} REFRESH=1 puts it right; what shall stay belongs into the environment's file`] : []),
  ].join("\n")}\n`;
}

const realLine = ({ name, type, gone, properties }: Drift): string =>
  `  ! ${name} (${type}): ${gone ? "is gone" : properties.join(", ") || "differs"}`;
