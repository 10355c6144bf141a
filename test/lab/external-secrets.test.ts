import path from "node:path";

import * as k8s from "@pulumi/kubernetes";
import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";

import { KeyVaultStore } from "../../components/secrets/key-vault-store";
import { context, mockAzure, quiet } from "../support/azure-mocks";
import { defineKinds } from "../support/kinds";
import { dryRun } from "../support/lab";
import { registered } from "../support/mocks";

/** The operator's module carries the definitions of its resources; none of its code runs here. */
const operator = { module: "github.com/external-secrets/external-secrets@v1.3.2", sum: "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=" };
let forget: () => Promise<string>;

beforeAll(async () => {
  const { stdout } = await execa("go", ["mod", "download", "-json", operator.module]);
  const { Dir, Sum } = JSON.parse(stdout) as { Dir: string; Sum: string };
  expect(Sum).toBe(operator.sum);
  const kinds = ["secretstores", "externalsecrets"].map((name) => `config/crds/bases/external-secrets.io_${name}.yaml`);
  forget = await defineKinds(...kinds.map((file) => path.join(Dir, file)));
});
afterAll(() => forget());

it("what a workload gets with External Secrets is what its operator defines, down to every field", async () => {
  await mockAzure();
  const provider = new k8s.Provider("k8s", { kubeconfig: "x" });
  const cluster = { oidcIssuerUrl: "https://issuer", provider };
  const store = new KeyVaultStore("kv", { context, vaultName: "kv-test", values: { token: "x" }, cluster, sync: "external-secrets" });
  store.grant({ name: "chat", namespace: "default" }, ["token"]);
  await quiet();
  const made = registered.filter(({ inputs }) => inputs["apiVersion"] === "external-secrets.io/v1").map(({ inputs }) => inputs);
  expect(made.map(({ kind }) => kind)).toEqual(["SecretStore", "ExternalSecret"]);
  for (const object of made) expect(await dryRun(object)).toContain("(server dry run)");
  const [source, copy] = made;
  await expect(dryRun({ ...source, spec: { provider: { azurekv: { vaultURL: "https://x" } } } })).rejects.toThrow(
    /unknown field.*vaultURL/,
  );
  await expect(dryRun({ ...copy, spec: { ...copy!["spec"], target: { creationPolicy: "Mine" } } })).rejects.toThrow(
    /Unsupported value.*Mine/,
  );
});
