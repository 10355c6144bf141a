import { expect, it } from "vitest";
import { changedByAzure } from "../../../tools/lib/autoscaled";

const urn = (type: string, name: string): string => `urn:pulumi:prod::slm::slm:cluster:GpuNodePool$azure-native:${type}::${name}`;
const pool = urn("containerservice:AgentPool", "pool");
const cluster = urn("containerservice:ManagedCluster", "aks");

it("what Azure changes is read before an update: the cluster and its pools, and nothing else", () => {
  const vault = urn("keyvault:Vault", "vault");
  expect(changedByAzure([pool, vault, cluster].map((of) => ({ urn: of })))).toEqual([pool, cluster]);
});

it("what is half made is not, so that the update tries it again", () => {
  expect(
    changedByAzure([
      { urn: pool, initErrors: ["no capacity"] },
      { urn: cluster, initErrors: [] },
    ]),
  ).toEqual([cluster]);
});
