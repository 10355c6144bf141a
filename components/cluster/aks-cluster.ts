import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import { versionFault } from "../../lib/azure/kubernetes-version";
import type { AksClusterArgs, Upgrades } from "./aks-args";
import { clusterArgs, maintenance } from "./aks-settings";
import type { AzureContext } from "./azure-context";
import { assignRole } from "./role";

/** An AKS cluster: overlay network with Cilium, Entra ID only, workload identity, and the add-ons that this project builds on. */
export class AksCluster extends pulumi.ComponentResource {
  public readonly id: pulumi.Output<string>;
  public readonly name: pulumi.Output<string>;
  /** Issuer of the tokens that pods trade for Azure's. */
  public readonly oidcIssuerUrl: pulumi.Output<string>;
  /** Identity that nodes pull images with. */
  public readonly kubeletObjectId: pulumi.Output<string>;
  /** Credentials of the user who runs the program; with Entra ID they need `kubelogin` on PATH. */
  public readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: AksClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:cluster:AksCluster", name, args, opts);

    validate(this, args);
    const { context, protect = true } = args;
    const identity = new azure.managedidentity.UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceName: `id-${args.clusterName}`,
        resourceGroupName: context.resourceGroupName,
        location: context.location,
        tags: context.tags,
      },
      { parent: this },
    );
    const networkRole = assignRole(
      `${name}-network-role`,
      context,
      { role: "networkContributor", scope: args.nodeSubnetId, principalId: identity.principalId, principalType: "ServicePrincipal" },
      { parent: this },
    );
    const cluster = new azure.containerservice.ManagedCluster(`${name}-cluster`, clusterArgs(args, identity.id), {
      parent: this,
      protect,
      dependsOn: [networkRole],
      ignoreChanges: ["agentPoolProfiles[0].count", ...(movesMinor(args.upgrades) ? ["kubernetesVersion"] : [])],
      replaceOnChanges: ["networkProfile.podCidr", "networkProfile.serviceCidr", "dnsPrefix", "nodeResourceGroup"],
      // Its names and its addresses are the same, so the new one cannot stand beside the old one.
      deleteBeforeReplace: true,
      customTimeouts: { create: "60m", update: "120m", delete: "60m" },
    });
    const windows = maintenance(name, args, cluster.name, { parent: this });
    const deployerRole = assignRole(
      `${name}-deployer-role`,
      context,
      { role: "aksClusterAdmin", scope: cluster.id, principalId: args.deployer.objectId, principalType: args.deployer.type },
      { parent: this, dependsOn: windows },
    );

    this.id = cluster.id;
    this.name = cluster.name;
    this.oidcIssuerUrl = cluster.oidcIssuerProfile.apply((profile) => profile?.issuerURL ?? "");
    this.kubeletObjectId = cluster.identityProfile.apply((profile) => profile?.["kubeletidentity"]?.objectId ?? "");
    this.kubeconfig = credentials(cluster, context, deployerRole);
    this.registerOutputs({ id: this.id, name: this.name, oidcIssuerUrl: this.oidcIssuerUrl });
  }
}

/** Whether AKS itself may take the cluster to another minor version, which must not look like a change back. */
const movesMinor = ({ channel }: Upgrades): boolean => channel === "stable" || channel === "rapid";

/** Asked for only when the role that lets its owner in is there. */
function credentials(
  cluster: azure.containerservice.ManagedCluster,
  { resourceGroupName }: AzureContext,
  role: pulumi.Resource,
): pulumi.Output<string> {
  const { kubeconfigs } = azure.containerservice.listManagedClusterUserCredentialsOutput(
    { resourceGroupName, resourceName: cluster.name },
    { dependsOn: [cluster, role] },
  );
  return pulumi.secret(kubeconfigs.apply(([first]) => Buffer.from(first?.value ?? "", "base64").toString()));
}

function validate(self: AksCluster, args: AksClusterArgs): void {
  const fail = (message: string): never => {
    throw new pulumi.ResourceError(message, self, true);
  };
  const today = args.today ?? new Date().toISOString().slice(0, 10);
  const fault = versionFault(args.kubernetesVersion, today, args.longTermSupport ?? false);
  if (fault) fail(`kubernetesVersion: ${fault.bound}, got ${JSON.stringify(args.kubernetesVersion)}; ${fault.fix}`);
  if (args.adminGroups.length === 0) fail("adminGroups: must name at least one group, got []; there are no local accounts to fall back on");
  const { minNodes, maxNodes } = args.systemPool;
  if (minNodes < 1 || minNodes > maxNodes) fail(`systemPool.minNodes: must be from 1 to maxNodes (${maxNodes}), got ${minNodes}`);
  if (args.api.kind === "public" && args.api.authorizedRanges.length === 0)
    fail("api.authorizedRanges: must name at least one range, got []; or use kind private");
}
