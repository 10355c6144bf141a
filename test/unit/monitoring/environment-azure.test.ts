import { register } from "tsx/cjs/api";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { makeCluster } from "../../../components/environment/cluster";
import { azureRules } from "../../../components/environment/monitoring";
import { azureEnvironment } from "../../support/azure-environment";
import { mockAzure, quiet, refused } from "../../support/azure-mocks";
import { registered, reset } from "../../support/mocks";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
// The program loads what is Azure's when it needs it, by `require`, which knows no TypeScript here.
beforeAll(() => void register());
beforeAll(mockAzure);
beforeEach(() => {
  reset();
  refused.splice(0);
});

describe("an environment on Azure", () => {
  const installed = () =>
    registered
      .filter(({ type }) => type.endsWith(":PrometheusRuleGroup"))
      .map(({ name, inputs }) => [
        name,
        inputs["interval"],
        inputs["rules"].map(({ actions: _actions, ...rule }: { actions?: object }) => rule),
      ])
      .toSorted(([a], [b]) => (a < b ? -1 : 1));

  it("whose monitoring is Azure's has its rules evaluated there, as Azure takes them", async () => {
    const { environment, plan } = azureEnvironment("prod", { mode: "azure", runbookBase: "https://runbooks.example" });
    const groups = azureRules(environment, plan);
    for (const { name, rules } of groups) expect(rules.length, name).toBeLessThanOrEqual(20);
    expect(groups.map(({ name }) => name)).toEqual(expect.arrayContaining(["slm-1", "slm-2", "slm-slow-1"]));
    const pages = groups.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule.annotations["runbook_url"]] : [])));
    expect(pages).toContain("https://runbooks.example/model-unreachable.md");
    makeCluster(environment, plan, {});
    await quiet();
    expect(installed()).toEqual(
      groups
        .map(({ name, interval, rules }) => [`observability-rules-${name}`, interval, rules])
        .toSorted(([a], [b]) => (a! < b! ? -1 : 1)),
    );
    expect(new Set(groups.map(({ interval }) => interval))).toEqual(new Set(["PT1M", "PT2M"]));
    expect(refused).toEqual([]);
  });

  it("links to this repository's runbooks where none are published", () => {
    const { environment, plan } = azureEnvironment("dev", { mode: "azure" });
    expect(JSON.stringify(azureRules(environment, plan))).toContain('"docs/runbooks/model-unreachable.md"');
  });

  it.each<[string, object | undefined]>([
    ["another monitoring", { mode: "operator" }],
    ["no monitoring", undefined],
  ])("with %s has none", async (_what, section) => {
    const { environment, plan } = azureEnvironment("dev", section);
    expect(azureRules(environment, plan)).toEqual([]);
    makeCluster(environment, plan, {});
    await quiet();
    expect(installed()).toEqual([]);
  });
});
