/** Resources as the engine exports them. */
interface Exported {
  readonly urn: string;
}

/** What Azure changes by itself: the autoscaler sets the number of nodes, and an upgrade channel the version of the cluster. */
const changing = /^azure-native:containerservice:(AgentPool|ManagedCluster)$/;

/**
 * Resources whose state must be read before an update: `ignoreChanges` sends the value that the state has with every other change, so an old
 * number of nodes would take nodes away under load, and an old version would be a downgrade (pulumi/pulumi-azure-native#2719).
 */
export const changedByAzure = (resources: readonly Exported[]): string[] =>
  resources.map(({ urn }) => urn).filter((urn) => changing.test(urn.split("::")[2]?.split("$").at(-1) ?? ""));
