import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";

import { parse, stringify } from "yaml";

import { type Kubeconfig, type Login, withLogin } from "../../lib/azure/kubeconfig";
import { versionFault } from "../../lib/azure/kubernetes-version";
import { untilAllowed } from "./access";
import type { AksClusterArgs } from "./aks-args";
import { clusterArgs, maintenance, movesMinor } from "./aks-settings";
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
  /** Credentials of whoever runs the program, once the cluster lets them in; with Entra ID they need `kubelogin` on PATH. */
  public readonly kubeconfig: pulumi.Output<string>;
  /** What must be through before another part of the cluster is changed: AKS makes one change at a time. */
  public readonly ready: readonly pulumi.Resource[];

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
    const roles = identityRoles(name, args, identity.principalId, { parent: this });
    const cluster = new azure.containerservice.ManagedCluster(`${name}-cluster`, clusterArgs(args, identity.id), {
      parent: this,
      protect,
      dependsOn: roles,
      ignoreChanges: ["agentPoolProfiles[0].count", ...(movesMinor(args.upgrades) ? ["kubernetesVersion"] : [])],
      replaceOnChanges: immutable,
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
    this.kubeconfig = credentials(cluster, context, args.login ?? { mode: "azurecli" }, deployerRole);
    this.ready = windows;
    this.registerOutputs({ id: this.id, name: this.name, oidcIssuerUrl: this.oidcIssuerUrl });
  }
}

/** What AKS cannot change in a cluster that is there; of its system pool too, which is never replaced alone (azure-aks-docs: use-system-pools.md, private-clusters.md). */
const immutable = [
  "networkProfile.podCidr",
  "networkProfile.serviceCidr",
  "dnsPrefix",
  "nodeResourceGroup",
  "apiServerAccessProfile.enablePrivateCluster",
  "apiServerAccessProfile.privateDNSZone",
  ...["vmSize", "availabilityZones", "vnetSubnetID"].map((property) => `agentPoolProfiles[0].${property}`),
];

/** What the cluster itself may do: join nodes to its subnet; with a zone of our own, also link its network to that zone and write a name there. */
function identityRoles(
  name: string,
  { context, api, nodeSubnetId }: AksClusterArgs,
  principalId: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const zone = api.kind === "private" ? api.zone : undefined;
  const grant = { principalId, principalType: "ServicePrincipal" } as const;
  const network = { role: "networkContributor", scope: zone?.networkId ?? nodeSubnetId, ...grant } as const;
  return [
    assignRole(`${name}-network-role`, context, network, opts),
    ...(zone
      ? [...zone.ready, assignRole(`${name}-zone-role`, context, { role: "privateDnsZoneContributor", scope: zone.id, ...grant }, opts)]
      : []),
  ];
}

/** Asked for only when the role that lets its owner in is there, and handed on when an update has seen that it works. */
function credentials(
  cluster: azure.containerservice.ManagedCluster,
  { resourceGroupName, tenantId }: AzureContext,
  login: Login,
  role: pulumi.Resource,
): pulumi.Output<string> {
  const { kubeconfigs } = azure.containerservice.listManagedClusterUserCredentialsOutput(
    { resourceGroupName, resourceName: cluster.name },
    { dependsOn: [cluster, role] },
  );
  return pulumi.secret(
    pulumi.all([kubeconfigs, tenantId]).apply(async ([[first], tenant]) => {
      const given = parse(Buffer.from(first?.value ?? "", "base64").toString()) as Kubeconfig;
      const kubeconfig = withLogin(given, login, tenant);
      if (!pulumi.runtime.isDryRun()) await untilAllowed(kubeconfig);
      return stringify(kubeconfig);
    }),
  );
}

function validate(self: AksCluster, args: AksClusterArgs): void {
  const fail = (message: string): never => {
    throw new pulumi.ResourceError(message, self, true);
  };
  const today = args.today ?? new Date().toISOString().slice(0, 10);
  const fault = versionFault(args.kubernetesVersion, today, args.longTermSupport ?? false);
  const message = fault && `kubernetesVersion: ${fault.bound}, got ${JSON.stringify(args.kubernetesVersion)}; ${fault.fix}`;
  // A cluster that runs it goes on, and AKS itself refuses a new one.
  if (fault?.outdated) void pulumi.log.warn(message!, self);
  else if (message) fail(message);
  if (args.adminGroups.length === 0) fail("adminGroups: must name at least one group, got []; there are no local accounts to fall back on");
  const { minNodes, maxNodes } = args.systemPool;
  if (minNodes < 1 || minNodes > maxNodes) fail(`systemPool.minNodes: must be from 1 to maxNodes (${maxNodes}), got ${minNodes}`);
  if (args.api.kind === "public" && args.api.authorizedRanges.length === 0)
    fail("api.authorizedRanges: must name at least one range, got []; or use kind private");
}
