import * as k8s from "@pulumi/kubernetes";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { AzureObservability } from "../../../components/observability/azure-observability";
import type { AzureObservabilityArgs } from "../../../components/observability/azure-observability-args";
import { ContainerRegistry } from "../../../components/registry/container-registry";
import { KeyVaultStore, type KeyVaultStoreArgs } from "../../../components/secrets/key-vault-store";
import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import { children, context, idIn, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { registered, reset, settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
afterEach(quiet);
beforeEach(() => {
  reset();
  refused.splice(0);
});

const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;
const own = (): string[][] => children().filter(([name]) => name !== "k8s");
const privateLink = {
  subnetId: idIn("Microsoft.Network/virtualNetworks/v/subnets/e"),
  networkId: idIn("Microsoft.Network/virtualNetworks/v"),
};

describe("ContainerRegistry", () => {
  const args = { context, registryName: "crtest1", pullers: { kubelet: "33333333-3333-4333-8333-333333333333" } };

  it("is one registry that the kubelet may pull from, and nothing else", async () => {
    const registry = new ContainerRegistry("reg", args);
    expect(await settled(registry.loginServer)).toBe("crtest1.azurecr.io");
    await quiet();
    expect(own()).toEqual([
      ["reg", "slm:registry:ContainerRegistry"],
      ["reg-pull-kubelet", "authorization:RoleAssignment"],
      ["reg-registry", "containerregistry:Registry"],
    ]);
    expect(inputs("reg-registry")).toMatchObject({ sku: { name: "Standard" }, adminUserEnabled: false, publicNetworkAccess: "Enabled" });
    expect(refused).toEqual([]);
  });

  it("with more needs is Premium: copies, a private address, retention", async () => {
    new ContainerRegistry("reg", {
      ...args,
      privateLink,
      needs: { untaggedDays: 30, regions: ["northeurope"], zoneRedundant: true, contentTrust: true },
    });
    await quiet();
    expect(own().map(([name]) => name)).toEqual([
      "reg",
      "reg-link",
      "reg-link-endpoint",
      "reg-link-names",
      "reg-link-zone",
      "reg-link-zone-link",
      "reg-northeurope",
      "reg-pull-kubelet",
      "reg-registry",
    ]);
    expect(inputs("reg-registry")).toMatchObject({
      sku: { name: "Premium" },
      publicNetworkAccess: "Disabled",
      zoneRedundancy: "Enabled",
      policies: { retentionPolicy: { status: "enabled", days: 30 }, trustPolicy: { status: "enabled", type: "Notary" } },
    });
    expect(refused).toEqual([]);
  });
});

const provider = (): k8s.Provider => new k8s.Provider("k8s", { kubeconfig: "x" });
const workload = { name: "chat", namespace: "slm" };

describe("KeyVaultStore", () => {
  const args = (): KeyVaultStoreArgs => ({
    context,
    vaultName: "kv-test",
    values: { "hf-token": "hf_x", "gateway-keys": "k" },
    cluster: { oidcIssuerUrl: "https://issuer", provider: provider() },
  });

  it("keeps its secrets and makes nothing else until somebody needs them", async () => {
    const store = new KeyVaultStore("kv", args());
    expect(await settled(store.vaultUri)).toBe("https://kv-test.vault.azure.net/");
    await quiet();
    expect(own()).toEqual([
      ["kv", "slm:secrets:KeyVaultStore"],
      ["kv-gateway-keys", "keyvault:Secret"],
      ["kv-hf-token", "keyvault:Secret"],
      ["kv-vault", "keyvault:Vault"],
    ]);
    expect(inputs("kv-vault")["properties"]).toMatchObject({
      enableRbacAuthorization: true,
      enablePurgeProtection: true,
      softDeleteRetentionInDays: 90,
      publicNetworkAccess: "enabled",
    });
    expect(refused).toEqual([]);
  });

  it("gives a workload an identity that reads the secrets it names, one by one, and no others", async () => {
    const mount = new KeyVaultStore("kv", args()).grant(workload, ["hf-token"]);
    await quiet();
    expect(
      own()
        .slice(1)
        .map(([name]) => name),
    ).toEqual([
      "kv-chat-account",
      "kv-chat-credential",
      "kv-chat-identity",
      "kv-chat-reads-hf-token",
      "kv-chat-secrets",
      "kv-gateway-keys",
      "kv-hf-token",
      "kv-vault",
    ]);
    expect(inputs("kv-chat-reads-hf-token")["scope"]).toBe(idIn("Microsoft.KeyVault/vaults/kv-test/secrets/hf-token"));
    expect(inputs("kv-chat-credential")).toMatchObject({
      subject: "system:serviceaccount:slm:chat",
      audiences: ["api://AzureADTokenExchange"],
      issuer: "https://issuer",
    });
    expect(inputs("kv-chat-secrets")["spec"]).toMatchObject({
      provider: "azure",
      parameters: {
        keyvaultName: "kv-test",
        tenantId: context.tenantId,
        objects: "array:\n  - |\n    objectName: hf-token\n    objectType: secret\n",
      },
      secretObjects: [{ secretName: "chat", type: "Opaque", data: [{ objectName: "hf-token", key: "hf-token" }] }],
    });
    expect(mount.env("hf-token")).toEqual({ secretKeyRef: { name: "chat", key: "hf-token" } });
    expect(mount.podLabels).toEqual({ "azure.workload.identity/use": "true" });
    expect(mount.volumes).toHaveLength(1);
    expect(refused).toEqual([]);
  });

  it("gives each workload an identity of its own, which reads its own secrets only", async () => {
    const store = new KeyVaultStore("kv", args());
    store.grant(workload, ["hf-token"]);
    store.grant({ name: "gateway", namespace: "edge" }, ["gateway-keys", "hf-token"]);
    await quiet();
    const identities = registered
      .filter(({ type }) => type.endsWith(":UserAssignedIdentity"))
      .map(({ inputs: { resourceName } }) => resourceName);
    expect(identities).toEqual(["id-kv-chat", "id-kv-gateway"]);
    const subjects = registered
      .filter(({ type }) => type.endsWith(":FederatedIdentityCredential"))
      .map(({ inputs: { subject } }) => subject);
    expect(subjects).toEqual(["system:serviceaccount:slm:chat", "system:serviceaccount:edge:gateway"]);
    const granted = registered
      .filter(({ type }) => type.endsWith(":RoleAssignment"))
      .map(({ name, inputs: { scope, principalId } }) => ({ name, secret: scope.split("/").at(-1), principalId }));
    expect(granted.map(({ name, secret }) => [name, secret]).toSorted()).toEqual([
      ["kv-chat-reads-hf-token", "hf-token"],
      ["kv-gateway-reads-gateway-keys", "gateway-keys"],
      ["kv-gateway-reads-hf-token", "hf-token"],
    ]);
    expect(new Set(granted.map(({ principalId }) => principalId)).size).toBe(2);
  });

  it("with External Secrets has the operator copy them, as the workload's own identity, and waits until they are there", async () => {
    const mount = new KeyVaultStore("kv", { ...args(), sync: "external-secrets", pollInterval: "5m" }).grant(workload, ["hf-token"]);
    await quiet();
    const metadata = { name: "chat", namespace: "slm" };
    expect(inputs("kv-chat-store")).toMatchObject({
      apiVersion: "external-secrets.io/v1",
      kind: "SecretStore",
      metadata,
      spec: {
        provider: {
          azurekv: {
            authType: "WorkloadIdentity",
            vaultUrl: "https://kv-test.vault.azure.net/",
            tenantId: context.tenantId,
            serviceAccountRef: { name: "chat" },
          },
        },
      },
    });
    expect(inputs("kv-chat-secrets")).toMatchObject({
      kind: "ExternalSecret",
      metadata: { ...metadata, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        refreshInterval: "5m",
        secretStoreRef: { kind: "SecretStore", name: "chat" },
        target: { name: "chat", creationPolicy: "Owner", deletionPolicy: "Retain" },
        data: [{ secretKey: "hf-token", remoteRef: { key: "hf-token" } }],
      },
    });
    expect(mount.volumes).toEqual([{ name: "secrets", secret: { secretName: "chat" } }]);
    expect(mount.file("hf-token")).toBe("/mnt/secrets/hf-token");
    expect(mount.podLabels).toEqual({});
    expect(refused).toEqual([]);
  });

  it("behind a private address answers nobody else", async () => {
    new KeyVaultStore("kv", { ...args(), privateLink, purgeProtection: false, softDeleteDays: 7 });
    await quiet();
    expect(inputs("kv-vault")["properties"]).toMatchObject({
      publicNetworkAccess: "disabled",
      networkAcls: { defaultAction: "Deny", bypass: "None" },
      softDeleteRetentionInDays: 7,
    });
    expect(inputs("kv-vault")["properties"]).not.toHaveProperty("enablePurgeProtection");
    expect(refused).toEqual([]);
  });

  it.each<[() => unknown, string]>([
    [() => new KeyVaultStore("kv", { ...args(), softDeleteDays: 5 }), "softDeleteDays: must be at least 7 days, got 5"],
    [
      () => new KeyVaultStore("kv", { ...args(), values: { HF_TOKEN: "x" } }),
      'values: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter, got "HF_TOKEN"',
    ],
    [
      () => new KeyVaultStore("kv", args()).grant(workload, ["other"]),
      'secrets: must be kept in the store (hf-token, gateway-keys), got ["other"]',
    ],
  ])("refuses %#", (action, message) => expect(messageOf(action)).toBe(message));
});

describe("KubernetesSecretStore", () => {
  it("offers the same, with the cluster's own secrets", async () => {
    const store = new KubernetesSecretStore("sec", { values: { "hf-token": "hf_x", other: "y" }, provider: provider() });
    const mount = store.grant(workload, ["hf-token"]);
    await quiet();
    expect(own()).toEqual([
      ["sec", "slm:secrets:KubernetesSecretStore"],
      ["sec-chat-account", "kubernetes:core/v1:ServiceAccount"],
      ["sec-chat-hf-token", "kubernetes:core/v1:Secret"],
    ]);
    expect(mount.env("hf-token")).toEqual({ secretKeyRef: { name: "chat-hf-token", key: "value" } });
    expect(mount.file("hf-token")).toBe("/mnt/secrets/hf-token");
    const sources = [{ secret: { name: "chat-hf-token", items: [{ key: "value", path: "hf-token" }] } }];
    expect([mount.volumes, mount.podLabels]).toEqual([[{ name: "secrets", projected: { sources } }], {}]);
  });

  it("refuses what it does not keep", () => {
    const store = new KubernetesSecretStore("sec", { values: {}, provider: provider() });
    expect(messageOf(() => store.grant(workload, ["hf-token"]))).toBe('secrets: must be kept in the store (none), got ["hf-token"]');
  });
});

describe("AzureObservability", () => {
  const args: AzureObservabilityArgs = {
    context,
    names: { monitor: "amw-test", grafana: "amg-test-1", logs: "log-test", alerts: "ag-test", budget: "budget-test" },
    cluster: {
      id: idIn("Microsoft.ContainerService/managedClusters/aks-test"),
      name: "aks-test",
      azureName: "aks-test",
      oidcIssuerUrl: "https://issuer",
    },
    grafana: { admins: ["11111111-1111-4111-8111-111111111111"], viewers: [] },
    alertEmails: ["us@example.com"],
    budget: { usdPerMonth: 100, from: "2026-12", resourceGroups: ["rg-test", "rg-test-nodes"] },
  };

  it("makes the way of the metrics, Grafana, an identity for KEDA, alerts and a budget, and nothing else", async () => {
    const observability = new AzureObservability("obs", args);
    expect(await settled(observability.queryEndpoint)).toBe("https://amw-test.eastus.prometheus.monitor.azure.com");
    expect(await settled(observability.grafanaUrl)).toBe("https://amg-test-1.grafana.azure.com");
    await quiet();
    expect(own().map(([name]) => name)).toEqual([
      "obs",
      "obs-alerts",
      "obs-association",
      "obs-budget",
      "obs-endpoint",
      "obs-grafana",
      "obs-grafana-reads-metrics",
      "obs-grafanaAdmin-11111111",
      "obs-rule",
      "obs-scaler",
      "obs-scaler-credential",
      "obs-scaler-reads-metrics",
      "obs-workspace",
    ]);
    expect(refused).toEqual([]);
  });

  it("counts what the nodes cost, which are paid in a group of their own", async () => {
    new AzureObservability("obs", args);
    await quiet();
    expect(inputs("obs-budget")).toMatchObject({
      scope: `/subscriptions/${context.subscriptionId}`,
      amount: 100,
      timePeriod: { startDate: "2026-12-01T00:00:00Z" },
      filter: { dimensions: { name: "ResourceGroupName", operator: "In", values: ["rg-test", "rg-test-nodes"] } },
    });
    const told = Object.values<Record<string, unknown>>(inputs("obs-budget")["notifications"]);
    expect(told.map(({ threshold, thresholdType, contactEmails }) => [threshold, thresholdType, contactEmails])).toEqual([
      [110, "Forecasted", args.alertEmails],
      [100, "Actual", args.alertEmails],
      [80, "Actual", args.alertEmails],
    ]);
  });

  it("keeps logs and evaluates rules where they are asked for", async () => {
    const rules = [
      { alert: "Down", expression: "up == 0", for: "PT5M", severity: 1 },
      { record: "a:b", expression: "sum(up)" },
    ];
    new AzureObservability("obs", { ...args, logs: { days: 30, gbPerDay: 1 }, ruleGroups: [{ name: "models", rules }] });
    await quiet();
    expect(inputs("obs-control-plane")["logs"]).toContainEqual({ category: "kube-audit-admin", enabled: true });
    expect(inputs("obs-logs")).toMatchObject({ retentionInDays: 30, workspaceCapping: { dailyQuotaGb: 1 } });
    const [alert, recording] = inputs("obs-rules-models")["rules"];
    expect(alert.actions).toHaveLength(1);
    expect(recording).not.toHaveProperty("actions");
    expect(refused).toEqual([]);
  });

  it("refuses to have nobody to tell", () => {
    expect(messageOf(() => new AzureObservability("obs", { ...args, alertEmails: [] }))).toBe(
      "alertEmails: must name at least one address, got []",
    );
  });
});
