import { beforeAll, expect, it, vi } from "vitest";
import { composeAzure } from "../../../components/environment/azure";
import { type NodePool, poolsOf } from "../../../lib/azure/pools";
import { azureSchema } from "../../../lib/environment/azure-config";
import { planOf } from "../../support/azure-cluster";
import { fresh, mockAzure, origins } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { registered, registeredOutputs } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support

const settings = azureSchema.parse(written);
const plan = planOf({ chat: {} });
const [{ name: poolName }] = poolsOf(plan, settings) as [NodePool];

beforeAll(async () => {
  await mockAzure();
  fresh();
  composeAzure({ name: "dev", settings, plan, secrets: { "hf-token": "hf_x" } });
});

it.each<[string, Record<string, unknown>]>([
  ["aks", { id: "{aks-cluster.id}", name: "aks-contoso-dev", oidcIssuerUrl: "{aks-cluster.oidcIssuerProfile.issuerURL}" }],
  ["network", { id: "{network-network.id}", nodeSubnetId: "{network-nodes.id}", endpointSubnetId: "{network-endpoints.id}" }],
  ["registry", { id: "{registry-registry.id}", loginServer: "crcontosodev4y09fs.azurecr.io" }],
  ["secrets", { vaultUri: "{secrets-vault.properties.vaultUri}" }],
  [
    "observability",
    {
      grafanaUrl: "{observability-grafana.properties.endpoint}",
      queryEndpoint: "{observability-workspace.metrics.prometheusQueryEndpoint}",
      scalerClientId: "{observability-scaler.clientId}",
    },
  ],
  ["nv36ads-a10-v5", { nodeSelector: { "slm.dev/pool": poolName } }],
])("the component %s shows these outputs", async (name, expected) => {
  const shown = Object.entries((await registeredOutputs(name)) ?? {}).map(([key, value]) => [key, origins.get(String(value)) ?? value]);
  expect(Object.fromEntries(shown)).toEqual(expected);
});

it("the store of secrets shows the name of its vault, and no secret", () => {
  const store = registered.find(({ type }) => type === "slm:secrets:KeyVaultStore")!;
  expect(store.inputs).toEqual({ vaultName: "kv-contoso-dev-4y09fs" });
});
