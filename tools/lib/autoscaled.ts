/** Resources as the engine exports them. */
interface Exported {
  readonly urn: string;
  /** Why it is half made. */
  readonly initErrors?: readonly string[];
}

/** What Azure changes by itself: the autoscaler sets the number of nodes, and an upgrade channel the version of the cluster. */
const changing = /^azure-native:containerservice:(AgentPool|ManagedCluster)$/;

/**
 * Resources whose state must be read before an update: `ignoreChanges` sends the value that the state has with every other change, so an old
 * number of nodes would take nodes away under load, and an old version would be a downgrade (pulumi/pulumi-azure-native#2719). What is half made,
 * as a pool for whose nodes there was no capacity, is not: once it is read the engine takes it for whole, and never tries it again.
 */
export const changedByAzure = (resources: readonly Exported[]): string[] =>
  resources
    .filter(({ initErrors = [] }) => initErrors.length === 0)
    .map(({ urn }) => urn)
    .filter((urn) => changing.test(urn.split("::")[2]?.split("$").at(-1) ?? ""));
