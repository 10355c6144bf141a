import * as azure from "@pulumi/azure-native";
import * as pulumi from "@pulumi/pulumi";
import { type RegistryRequirements, registryTier } from "../../lib/azure/registry-tier";
import type { AzureContext } from "../cluster/azure-context";
import { PrivateLink } from "../cluster/private-link";
import { assignRole } from "../cluster/role";

/** Inputs of {@link ContainerRegistry}. */
export interface ContainerRegistryArgs {
  /** Where on Azure it is made. */
  context: AzureContext;
  /** Name in Azure, unique in all of Azure. Replaces the registry. */
  registryName: string;
  /** What it must be able to do; the tier follows. @default a plain registry */
  requirements?: RegistryRequirements;
  /** Reach it by a private address only. Needs the Premium tier. Absent: by its public one, with Entra ID. */
  privateLink?: { subnetId: pulumi.Input<string>; networkId: pulumi.Input<string>; zoneId?: pulumi.Input<string> };
  /** Identities that pull images: the kubelet's. */
  pullers: Readonly<Record<string, pulumi.Input<string>>>;
  /** Refuse to delete or replace the registry. @default true */
  protect?: boolean;
}

/** Where the cluster's images come from: no admin user, no anonymous pull. */
export class ContainerRegistry extends pulumi.ComponentResource {
  public readonly id: pulumi.Output<string>;
  /** Host that image names begin with. */
  public readonly loginServer: pulumi.Output<string>;

  constructor(name: string, args: ContainerRegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:registry:ContainerRegistry", name, args, opts);

    const { context, requirements: needs = {}, privateLink, protect = true } = args;
    const registry = new azure.containerregistry.Registry(`${name}-registry`, registryArgs(args), { parent: this, protect });
    for (const region of needs.regions ?? []) {
      new azure.containerregistry.Replication(
        `${name}-${region}`,
        {
          replicationName: region,
          registryName: registry.name,
          resourceGroupName: context.resourceGroupName,
          location: region,
          tags: context.tags,
          regionEndpointEnabled: true,
        },
        { parent: this },
      );
    }
    if (privateLink) {
      const target = { id: registry.id, group: "registry" as const };
      new PrivateLink(`${name}-link`, { context, endpointName: `pe-${args.registryName}`, target, ...privateLink }, { parent: this });
    }
    for (const [who, principalId] of Object.entries(args.pullers)) {
      assignRole(
        `${name}-pull-${who}`,
        context,
        { role: "acrPull", scope: registry.id, principalId, principalType: "ServicePrincipal" },
        { parent: this },
      );
    }

    this.id = registry.id;
    this.loginServer = registry.loginServer;
    this.registerOutputs({ id: this.id, loginServer: this.loginServer });
  }
}

function registryArgs({
  context,
  registryName,
  requirements: needs = {},
  privateLink,
}: ContainerRegistryArgs): azure.containerregistry.RegistryArgs {
  const tier = registryTier({ ...needs, privateLink: privateLink !== undefined });
  return {
    registryName,
    resourceGroupName: context.resourceGroupName,
    location: context.location,
    tags: context.tags,
    sku: { name: tier },
    adminUserEnabled: false,
    publicNetworkAccess: privateLink ? "Disabled" : "Enabled",
    networkRuleBypassOptions: privateLink ? "None" : "AzureServices",
    ...(needs.zoneRedundant ? { zoneRedundancy: "Enabled" } : {}),
    ...(tier === "Premium" ? { policies: policies(needs) } : {}),
  };
}

function policies({ untaggedDays }: RegistryRequirements) {
  return {
    ...(untaggedDays === undefined ? {} : { retentionPolicy: { status: "enabled", days: untaggedDays } }),
  } satisfies azure.types.input.containerregistry.PoliciesArgs;
}
