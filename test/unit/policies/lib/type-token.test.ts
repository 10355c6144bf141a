import { expect, it } from "vitest";

import { canonicalType } from "../../../../policies/lib/type-token";
import { privateEndpoints } from "../../../../policies/private-endpoints";
import { protectedResources } from "../../../../policies/protected-resources";
import { evaluate } from "../../../support/policies/evaluate";
import { changed, cluster, vault } from "../../../support/policies/fixtures";

it.each([
  ["azure-native:keyvault:Vault", "azure-native:keyvault:Vault"],
  ["azure-native:keyvault/v20230701:Vault", "azure-native:keyvault:Vault"],
  ["azure-native:containerservice/v20240102preview:ManagedCluster", "azure-native:containerservice:ManagedCluster"],
  ["azure-native_containerservice_v20250101:containerservice:ManagedCluster", "azure-native:containerservice:ManagedCluster"],
  ["azure-native_containerservice_v20250101:containerservice/v20250101:ManagedCluster", "azure-native:containerservice:ManagedCluster"],
  ["azure-nativeish:keyvault/v20230701:Vault", "azure-nativeish:keyvault/v20230701:Vault"],
  ["azure:keyvault/keyVault:KeyVault", "azure:keyvault/keyVault:KeyVault"],
  ["kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:Deployment"],
  ["kubernetes:apps/v1beta2:StatefulSet", "kubernetes:apps/v1:StatefulSet"],
  ["kubernetes:batch/v1beta1:CronJob", "kubernetes:batch/v1:CronJob"],
  ["kubernetes:core/v1:Pod", "kubernetes:core/v1:Pod"],
  ["kubernetes:v1:Pod", "kubernetes:core/v1:Pod"],
  ["kubernetes:extensions/v1beta1:Deployment", "kubernetes:apps/v1:Deployment"],
  ["kubernetes:extensions/v1beta1:Ingress", "kubernetes:networking.k8s.io/v1:Ingress"],
  ["kubernetes:extensions/v1beta1:NetworkPolicy", "kubernetes:networking.k8s.io/v1:NetworkPolicy"],
  ["kubernetes:gateway.networking.k8s.io/v1beta1:Gateway", "kubernetes:gateway.networking.k8s.io/v1:Gateway"],
  ["kubernetes:rbac.authorization.k8s.io/v1beta1:Role", "kubernetes:rbac.authorization.k8s.io/v1:Role"],
  ["kubernetes:networking.k8s.io/v1beta1:Ingress", "kubernetes:networking.k8s.io/v1:Ingress"],
  ["kubernetes:cilium.io/v2:CiliumNetworkPolicy", "kubernetes:cilium.io/v2:CiliumNetworkPolicy"],
  ["kubernetes:yaml:ConfigFile", "kubernetes:yaml:ConfigFile"],
  ["slm:serving:VllmServer", "slm:serving:VllmServer"],
  ["pulumi:pulumi:Stack", "pulumi:pulumi:Stack"],
])("%s is read as %s", (token, type) => expect(canonicalType(token)).toBe(type));

it("rules of resources and of stacks find what an older or a generated SDK makes", () => {
  const open = changed(vault, "kv", { "properties.publicNetworkAccess": "Enabled" }, { protect: false });
  for (const type of ["azure-native:keyvault/v20230701:Vault", "azure-native_keyvault_v20230701:keyvault:Vault"]) {
    expect(evaluate(privateEndpoints, [{ ...open, type }])).toHaveLength(1);
    expect(evaluate(protectedResources, [{ ...open, type }])).toHaveLength(1);
  }
  const type = "azure-native:containerservice/v20250101:ManagedCluster";
  expect(evaluate(privateEndpoints, [{ ...changed(cluster, "aks", { apiServerAccessProfile: {} }), type }])).toHaveLength(1);
});
