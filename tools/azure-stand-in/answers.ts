import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

type Value = Record<string, unknown>;

/** The subscription and tenant that the stand-in plays. */
export const account = {
  subscriptionId: "00000000-0000-4000-8000-000000000001",
  tenantId: "00000000-0000-4000-8000-000000000002",
  /** Whoever asks; another one where a test says so. */
  objectId: process.env["SLM_AZURE_STANDIN_CALLER"] || "00000000-0000-4000-8000-000000000003",
  clientId: "00000000-0000-4000-8000-000000000004",
};

/** Groups that whoever asks is in. */
export const callerGroups = (): string[] => process.env["SLM_AZURE_STANDIN_GROUPS"]?.split(",") ?? [];

/** A GUID that is always the same for the same words. */
export function guid(...words: string[]): string {
  const hex = createHash("sha256").update(words.join("\0")).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

const identity = (id: string, kind: string): Value => ({
  clientId: guid(id, kind, "client"),
  objectId: guid(id, kind, "object"),
  resourceId: `${id}/${kind}`,
});

/** What Azure would add to a resource that it made, as far as this project reads it; checked against the SDK's declarations by a test. */
const computed: Record<string, (id: string, inputs: Value) => Value> = {
  "managedidentity:UserAssignedIdentity": (id) => ({
    principalId: guid(id, "principal"),
    clientId: guid(id, "client"),
    tenantId: account.tenantId,
  }),
  "containerservice:ManagedCluster": (id, inputs) => ({
    fqdn: `${inputs["dnsPrefix"]}.hcp.${inputs["location"]}.azmk8s.io`,
    nodeResourceGroup: inputs["nodeResourceGroup"] ?? `MC_${inputs["resourceGroupName"]}_${inputs["resourceName"]}_${inputs["location"]}`,
    oidcIssuerProfile: {
      enabled: true,
      issuerURL: `https://${inputs["location"]}.oic.prod-aks.azure.com/${account.tenantId}/${guid(id)}/`,
    },
    identityProfile: { kubeletidentity: identity(id, "kubelet") },
    addonProfiles: withIdentities(id, inputs["addonProfiles"]),
  }),
  "containerregistry:Registry": (_, inputs) => ({ loginServer: `${inputs["registryName"]}.azurecr.io` }),
  "keyvault:Vault": (_, inputs) => ({
    properties: { ...(inputs["properties"] as Value), vaultUri: `https://${inputs["vaultName"]}.vault.azure.net/` },
  }),
  "keyvault:Secret": (_, inputs) => ({
    properties: { secretUri: `https://${inputs["vaultName"]}.vault.azure.net/secrets/${inputs["secretName"]}`, secretUriWithVersion: "" },
  }),
  "monitor:AzureMonitorWorkspace": (id, inputs) => ({
    metrics: {
      internalId: guid(id),
      prometheusQueryEndpoint: `https://${inputs["azureMonitorWorkspaceName"]}.${inputs["location"]}.prometheus.monitor.azure.com`,
    },
  }),
  "dashboard:Grafana": (id, inputs) => ({
    identity: { type: "SystemAssigned", principalId: guid(id, "principal"), tenantId: account.tenantId },
    properties: { ...(inputs["properties"] as Value), endpoint: `https://${inputs["workspaceName"]}.grafana.azure.com` },
  }),
  "operationalinsights:Workspace": (id) => ({ customerId: guid(id) }),
};

function withIdentities(id: string, addons: unknown): Value {
  return Object.fromEntries(
    Object.entries((addons ?? {}) as Record<string, Value>).map(([key, addon]) => [key, { ...addon, identity: identity(id, key) }]),
  );
}

/** Outputs of a resource besides its inputs. */
export function outputsFor(type: string, id: string, inputs: Value): Value {
  return { name: id.split("/").at(-1), ...computed[type]?.(id, inputs) };
}

/** Answers a function. `kubeconfig` is where cluster credentials lead. */
export function invoked(token: string, kubeconfig: string | undefined): Value {
  if (token === "azure-native:authorization:getClientConfig") return account;
  if (token === "azure-native:authorization:getClientToken") {
    const given = process.env["SLM_AZURE_STANDIN_TOKEN"];
    if (!given) throw new Error("the stand-in for azure-native has no credentials");
    return { token: given };
  }
  if (token === "azure-native:containerservice:listManagedClusterUserCredentials") {
    if (!kubeconfig)
      throw new Error("the stand-in for azure-native leads to no cluster: it serves previews; set SLM_AZURE_STANDIN_KUBECONFIG for up");
    return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(readFileSync(kubeconfig)).toString("base64") }] };
  }
  throw new Error(`the stand-in for azure-native does not answer ${token}`);
}
