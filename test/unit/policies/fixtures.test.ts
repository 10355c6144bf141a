import { rmSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { stringify } from "yaml";

import { modelLicence } from "../../../policies/model-licence";
import { rules } from "../../../policies/rules";
import { repoRoot } from "../../../tools/lib/paths";
import { policyConfig } from "../../../tools/lib/policy-config";
import { evaluate } from "../../support/policies/evaluate";
import type { Fixture } from "../../support/policies/fixtures";
import { exampleEnvironment, registeredFixtures } from "../../support/policies/program";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const folder = ".slm/policy-fixtures";
const environment = exampleEnvironment(folder);
let registered: Fixture[];
beforeAll(async () => {
  registered = await registeredFixtures(environment);
});
afterAll(() => rmSync(path.join(repoRoot, folder), { recursive: true }));

/** Resources that the other tests start from. */
const used = [
  "Vault secrets-vault",
  "ManagedCluster aks-cluster",
  "Registry registry-registry",
  "Namespace namespace",
  "CiliumNetworkPolicy namespace-deny-all",
  "AgentPool nc24ads-a100-v4-pool",
  "Deployment chat-server",
  "Service chat-service",
  "Deployment draft-server",
];

/** `npx vitest run --project unit test/unit/policies/fixtures.test.ts -u` writes the file anew. */
it("the fixtures of these tests are what the components register today", async () => {
  const found = used.flatMap((wanted) => registered.filter(({ type, name }) => `${type.split(":").at(-1)} ${name}` === wanted));
  expect(found).toHaveLength(used.length);
  await expect(stringify(found)).toMatchFileSnapshot("../../fixtures/policies/components.yaml");
});

/** Rule and resource of every violation in what the components register, given the environment's facts. */
function violations(change: (config: object) => object): string[] {
  const config = policyConfig(environment);
  return rules.flatMap((rule) =>
    evaluate(rule, registered, change(config[rule.name]!)).map((message) => `${rule.name} ${message.split(":")[0]}`),
  );
}

it("every rule holds for every resource of an environment", () => expect(violations((config) => config)).toEqual([]));

it("takes licences from the environment's plan and its lock, by the way that an update takes", () => {
  const { modelLock, ...rest } = environment.environment;
  const locked = Object.fromEntries(Object.entries(modelLock).map(([source, entry]) => [source, { ...entry, licence: "cc-by-nc-4.0" }]));
  const violations = (licences: string[], lock = modelLock) => {
    const config = policyConfig({ ...environment, environment: { ...rest, modelLock: lock, allowedLicences: licences } });
    return evaluate(modelLicence, registered, config["model-licence"]);
  };
  const fix = "choose another model, or allow its licence in the environment";
  expect(violations(["apache-2.0"])).toEqual([]);
  expect(violations(["apache-2.0"], locked)).toEqual([
    `chat-server: model: the licence of qwen3-8b must be apache-2.0, got "cc-by-nc-4.0"; ${fix}`,
  ]);
  expect(violations(["apache-2.0", "cc-by-nc-4.0"], locked)).toEqual([]);
});

it("without its exemptions, the rules find what each exemption is for, and nothing else", () => {
  expect([...new Set(violations((config) => ({ ...config, exempt: {} })))].toSorted()).toEqual([
    "host-access monitoring-log-reader-daemon",
    "host-access nc24ads-a100-v4-dcgm-exporter",
    "host-access nc24ads-a100-v4-device-plugin",
    "network-policy nc24ads-a100-v4-dcgm-exporter",
    "network-policy nc24ads-a100-v4-device-plugin",
    "restricted-namespace gpu-system",
    "restricted-namespace monitoring-logs-namespace",
    "restricted-pod nc24ads-a100-v4-dcgm-exporter",
    "restricted-pod nc24ads-a100-v4-device-plugin",
  ]);
});
