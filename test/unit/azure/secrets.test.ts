import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { KeyVaultStore, type KeyVaultStoreArgs } from "../../../components/secrets/key-vault-store";
import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import type { SecretMount } from "../../../components/secrets/secret-store";
import { privateLink } from "../../support/azure-cluster";
import { context, fresh, mockAzure, quiet, refused } from "../../support/azure-mocks";
import { messageOf } from "../../support/errors";
import { differences, fixture, type Made, made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
beforeAll(mockAzure);
beforeEach(fresh);
afterEach(async () => {
  await quiet();
  expect(refused).toEqual([]);
});

const values = { "hf-token": "hf_x", "gateway-keys": "k" };
const workload = { name: "chat", namespace: "slm" };
const provider = (): k8s.Provider => new k8s.Provider("k8s", { kubeconfig: "x" });
const readOnly = [{ name: "secrets", mountPath: "/mnt/secrets", readOnly: true }];

/** Names of the resources that pods wait for. */
const awaited = ({ ready }: SecretMount): Promise<string[]> =>
  Promise.all(ready.map(async ({ urn }) => (await settled(urn)).split("::").at(-1)!));

/** Secrets are made after what lets the program in, and so deleted before it. */
const waitFor = (...names: string[]): Record<string, unknown> =>
  Object.fromEntries(
    ["hf-token", "gateway-keys"].flatMap((secret) => [
      ...names.map((name, index) => [`kv-${secret} options.dependsOn[${index}]`, name]),
      ...[...names, "kv-vault"].map((name, index) => [`kv-${secret} after[${index}]`, name]),
    ]),
  );

describe("KeyVaultStore", () => {
  const standard = fixture("vault") as Record<string, Made>;
  const make = (change: Partial<KeyVaultStoreArgs> = {}): KeyVaultStore =>
    new KeyVaultStore("kv", {
      context,
      vaultName: "kv-test",
      values,
      cluster: { oidcIssuerUrl: "https://issuer", provider: provider() },
      ...change,
    });

  it("keeps secrets, and gives a workload an identity that reads those it names, one by one, and nothing else", async () => {
    const store = make();
    const mount = store.grant(workload, ["hf-token"]);
    expect(await settled(store.vaultUri)).toBe("https://kv-test.vault.azure.net/");
    expect(await settled(pulumi.output(mount.serviceAccountName))).toBe("chat");
    expect(mount).toMatchObject({
      podLabels: { "azure.workload.identity/use": "true" },
      volumes: [
        { name: "secrets", csi: { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass: "chat" } } },
      ],
      volumeMounts: readOnly,
    });
    expect(mount.file("hf-token")).toBe("/mnt/secrets/hf-token");
    expect(mount.env("hf-token")).toEqual({ secretKeyRef: { name: "chat", key: "hf-token" } });
    expect(await awaited(mount)).toEqual(["kv-chat-account", "kv-chat-credential", "kv-chat-reads-hf-token", "kv-chat-secrets"]);
    await quiet();
    expect(made()).toEqual(standard);
  });

  it("makes nothing but the vault and its secrets until somebody needs them", async () => {
    make();
    await quiet();
    expect(Object.keys(made()).toSorted()).toEqual(["k8s", "kv", "kv-gateway-keys", "kv-hf-token", "kv-vault"]);
  });

  it.each<[Partial<KeyVaultStoreArgs>, Record<string, unknown>]>([
    [{ softDeleteDays: 7 }, { "kv-vault.properties.softDeleteRetentionInDays": 7 }],
    [{ purgeProtection: false }, { "kv-vault.properties.enablePurgeProtection": "gone" }],
    [{ purgeProtection: true }, {}],
    [{ protect: false }, { "kv-vault options.protect": "gone" }],
    [{ recover: true }, { "kv-vault.properties.createMode": "recover" }],
    [
      { deployer: { objectId: "p", type: "Group" } },
      { "kv-deployer-role": "authorization:RoleAssignment", ...waitFor("kv-deployer-role") },
    ],
    [{ sync: "csi", pollInterval: "5m" }, {}],
    [
      { privateLink },
      {
        "kv-vault.properties.publicNetworkAccess": "disabled",
        "kv-vault.properties.networkAcls.defaultAction": "Deny",
        "kv-vault.properties.networkAcls.bypass": "None",
        "kv-link": "slm:cluster:PrivateLink",
        "kv-link-endpoint": "network:PrivateEndpoint",
        "kv-link-names": "network:PrivateDnsZoneGroup",
        "kv-link-zone": "privatedns:PrivateZone",
        "kv-link-zone-link": "privatedns:VirtualNetworkLink",
        ...waitFor("kv-link-endpoint", "kv-link-names", "kv-link-zone", "kv-link-zone-link"),
      },
    ],
  ])("with %j differs by this and nothing else", async (change, expected) => {
    make(change).grant(workload, ["hf-token"]);
    await quiet();
    expect(differences(standard, made())).toEqual(expected);
  });

  it("has its private address lead to itself", async () => {
    make({ privateLink });
    await quiet();
    const { "kv-link": link, "kv-link-endpoint": endpoint, "kv-link-zone-link": zone } = made();
    expect(link!.options).toEqual({ parent: "kv" });
    expect(endpoint!.inputs).toMatchObject({
      privateEndpointName: "pe-kv-test",
      subnet: { id: "{rg-test}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints" },
      privateLinkServiceConnections: [{ name: "vault", privateLinkServiceId: "{kv-vault.id}", groupIds: ["vault"] }],
    });
    expect(zone!.inputs).toMatchObject({ virtualNetwork: { id: "{rg-test}/Microsoft.Network/virtualNetworks/vnet" } });
  });

  it("lets the deployer delete secrets, and nobody else, in this vault alone", async () => {
    make({ deployer: { objectId: "p", type: "Group" } });
    await quiet();
    expect(made()["kv-deployer-role"]!.inputs).toMatchObject({
      principalId: "p",
      principalType: "Group",
      scope: "{kv-vault.id}",
      roleDefinitionId: expect.stringMatching(/\/b86a8fe4-44ce-4948-aee5-eccb2c155cd7$/),
    });
  });

  it("gives each workload an identity of its own, which reads its own secrets only", async () => {
    const store = make();
    store.grant(workload, ["hf-token"]);
    store.grant({ name: "gateway", namespace: "edge" }, ["gateway-keys", "hf-token"]);
    await quiet();
    const roles = Object.entries(made()).flatMap(([name, { type, inputs }]) => {
      const { scope, principalId } = (inputs as Record<string, unknown>) ?? {};
      return type === "authorization:RoleAssignment" ? [[name, scope, principalId]] : [];
    });
    expect(roles.toSorted()).toEqual([
      ["kv-chat-reads-hf-token", "{kv-hf-token.id}", "{kv-chat-identity.principalId}"],
      ["kv-gateway-reads-gateway-keys", "{kv-gateway-keys.id}", "{kv-gateway-identity.principalId}"],
      ["kv-gateway-reads-hf-token", "{kv-hf-token.id}", "{kv-gateway-identity.principalId}"],
    ]);
    const { "kv-gateway-credential": credential, "kv-gateway-secrets": source } = made();
    expect(credential!.inputs).toMatchObject({ resourceName: "id-kv-gateway", subject: "system:serviceaccount:edge:gateway" });
    expect(source!.inputs).toMatchObject({
      metadata: { name: "gateway", namespace: "edge" },
      spec: {
        parameters: {
          objects: [
            "array:",
            ...["gateway-keys", "hf-token"].map((key) => `  - |\n    objectName: ${key}\n    objectType: secret`),
            "",
          ].join("\n"),
        },
        secretObjects: [
          {
            secretName: "gateway",
            data: [
              { objectName: "gateway-keys", key: "gateway-keys" },
              { objectName: "hf-token", key: "hf-token" },
            ],
          },
        ],
      },
    });
  });

  it("with External Secrets has the operator copy them, as the workload's own identity, and waits until they are there", async () => {
    const mount = make({ sync: "external-secrets", pollInterval: "5m" }).grant(workload, ["hf-token"]);
    expect(await awaited(mount)).toEqual(["kv-chat-account", "kv-chat-credential", "kv-chat-reads-hf-token", "kv-chat-secrets"]);
    expect(mount).toMatchObject({ podLabels: {}, volumes: [{ name: "secrets", secret: { secretName: "chat" } }], volumeMounts: readOnly });
    expect(mount.file("hf-token")).toBe("/mnt/secrets/hf-token");
    expect(mount.env("hf-token")).toEqual({ secretKeyRef: { name: "chat", key: "hf-token" } });
    await quiet();
    const { "kv-chat-secrets": _, ...others } = standard;
    expect(made()).toEqual({ ...others, ...(fixture("external-secrets") as object) });
  });

  it("has External Secrets look every two minutes unless set otherwise", async () => {
    make({ sync: "external-secrets" }).grant(workload, ["hf-token"]);
    await quiet();
    expect(made()["kv-chat-secrets"]!.inputs).toMatchObject({ spec: { refreshInterval: "2m" } });
  });

  const label = "must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter";

  it.each<[() => unknown, string]>([
    [() => make({ softDeleteDays: 6 }), "softDeleteDays: must be at least 7 days, got 6"],
    [() => make({ softDeleteDays: 91 }), "softDeleteDays: must be at most 90 days, got 91"],
    [() => make({ values: { HF_TOKEN: "x" } }), `values: ${label}, got "HF_TOKEN"`],
    [() => make().grant(workload, ["hf-token", "other"]), 'secrets: must be kept in the store (hf-token, gateway-keys), got ["other"]'],
    [() => new KubernetesSecretStore("sec", { values: { HF_TOKEN: "x" }, provider: provider() }), `values: ${label}, got "HF_TOKEN"`],
    [
      () => new KubernetesSecretStore("sec", { values: {}, provider: provider() }).grant(workload, ["hf-token"]),
      'secrets: must be kept in the store (none), got ["hf-token"]',
    ],
  ])("refuses %#: %s", (action, message) => expect(messageOf(action)).toBe(message));
});

describe("KubernetesSecretStore", () => {
  it("offers the same with the cluster's own secrets: a copy for each workload of what it names, and nothing else", async () => {
    const mount = new KubernetesSecretStore("sec", { values, provider: provider() }).grant(workload, ["hf-token"]);
    expect(await settled(pulumi.output(mount.serviceAccountName))).toBe("chat");
    expect(await awaited(mount)).toEqual(["sec-chat-account", "sec-chat-hf-token"]);
    const sources = [{ secret: { name: "chat-hf-token", items: [{ key: "value", path: "hf-token" }] } }];
    expect(mount).toMatchObject({ podLabels: {}, volumes: [{ name: "secrets", projected: { sources } }], volumeMounts: readOnly });
    expect(mount.file("hf-token")).toBe("/mnt/secrets/hf-token");
    expect(mount.env("hf-token")).toEqual({ secretKeyRef: { name: "chat-hf-token", key: "value" } });
    await quiet();
    expect(made()).toEqual(fixture("kubernetes-secrets"));
  });
});
