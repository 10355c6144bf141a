import { beforeAll, describe, expect, it, vi } from "vitest";

import { composeAzure } from "../../../components/environment/azure";
import { azureRules } from "../../../components/environment/monitoring";
import { armProblems, armTypes } from "../../support/arm-types";
import { azureEnvironment } from "../../support/azure-environment";
import { fresh, mockAzure, quiet } from "../../support/azure-mocks";
import { registered } from "../../support/mocks";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support
beforeAll(mockAzure);

/** A word that the types lack and that Azure's own templates of managed Prometheus write (Azure/prometheus-collector, AddonBicepTemplate). */
const templatesHave = /^observability-rule: dataFlows\[0\]\.streams\[0\]: must be one of .*, got "Microsoft-PrometheusMetrics"$/;

describe.skipIf(armTypes().length === 0)(
  "by Azure's own types of the API versions that the SDK sends (skipped where they are not beside the project)",
  () => {
    it.each(["dev", "staging", "prod"] as const)("%s is well formed", async (name) => {
      fresh();
      const { environment, plan } = azureEnvironment(name, { mode: "azure" });
      const rules = { ruleGroups: azureRules(environment, plan) };
      const azure = composeAzure({ name, settings: environment.azure!, plan, secrets: { "hf-token": "hf_x" }, ...rules });
      azure.secrets.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
      await quiet();
      const evaluated = armTypes();
      const ours = registered.filter(({ type }) => type.startsWith("azure-native:"));
      const problems = ours.flatMap(({ type, name: resource, inputs }) => {
        const short = type.replace("azure-native:", "");
        return evaluated.includes(short) ? armProblems(short, inputs).map((problem) => `${resource}: ${problem}`) : [];
      });
      expect(problems.filter((problem) => !templatesHave.test(problem))).toEqual([]);
      expect(ours.filter(({ type }) => evaluated.includes(type.replace("azure-native:", ""))).length).toBeGreaterThan(20);
    });

    it.each<[string, object, string[]]>([
      ["a word that Azure does not know", { scaleSetPriority: "spot" }, ['scaleSetPriority: must be one of Spot, Regular, got "spot"']],
      ["a property", { vmSizes: "x" }, ["vmSizes: is unknown"]],
      ["a name", { agentPoolName: "GPU" }, ['name: must be like ^[a-z][a-z0-9]{0,11}$, got "GPU"']],
      ["a number", { osDiskSizeGB: 4096 }, ["osDiskSizeGB: must be from 0 to 2048, got 4096"]],
      ["what only Azure writes", { eTag: "x" }, ["eTag: is read-only"]],
      ["a type", { enableAutoScaling: "yes" }, ['enableAutoScaling: must be true or false, got "yes"']],
    ])("a pool is refused for %s", (_what, change, problems) => {
      const pool = { resourceGroupName: "rg", resourceName: "aks", agentPoolName: "gpu", vmSize: "Standard_NC4as_T4_v3" };
      expect(armProblems("containerservice:AgentPool", { ...pool, ...change })).toEqual(problems);
    });
  },
);
