import { register } from "tsx/cjs/api";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { ruleGroups } from "../../../lib/monitoring/alerts";
import { nothingToWatch } from "../../../lib/monitoring/alerts-watchers";
import { azureRuleGroups } from "../../../lib/monitoring/azure-rules";
import type { RuleGroup } from "../../../lib/monitoring/rule";
import { makeCluster } from "../../../stacks/cluster";
import { azureRules } from "../../../stacks/monitoring";
import { azureEnvironment } from "../../support/azure-environment";
import { mockAzure, quiet, refused } from "../../support/azure-mocks";
import { wholeFleet } from "../../support/fleet";
import { registered, reset } from "../../support/mocks";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
// The program loads what is Azure's when it needs it, by `require`, which knows no TypeScript here.
beforeAll(() => void register());
beforeAll(mockAzure);
beforeEach(() => {
  reset();
  refused.splice(0);
});

const alert = (name: string, seconds: number, severity: string): RuleGroup["rules"][number] => ({
  alert: name,
  expr: `${name} == 1`,
  for: `${seconds}s`,
  labels: { severity, during_rollout: "told" },
  annotations: { summary: name, runbook_url: `docs/${name}.md` },
});
const recording = (record: string) => ({ record, expr: "sum(up)" });

describe("rules, as Azure writes them", () => {
  it("are the same under other names: ISO durations, numbers for severities, and none that tell nobody", () => {
    const labelled = { ...recording("a:c"), labels: { slo: "availability" } };
    const rules = [
      recording("a:b"),
      labelled,
      alert("Down", 300, "critical"),
      alert("Slow", 90, "warning"),
      alert("Now", 0, "critical"),
      alert("Mute", 0, "none"),
    ];
    const written = (name: string, severity: string) => ({
      alert: name,
      expression: `${name} == 1`,
      labels: { severity, during_rollout: "told" },
      annotations: { summary: name, runbook_url: `docs/${name}.md` },
    });
    expect(azureRuleGroups([{ name: "slm", interval: "15s", rules }])).toEqual([
      {
        name: "slm-1",
        rules: [
          { record: "a:b", expression: "sum(up)" },
          { record: "a:c", expression: "sum(up)", labels: { slo: "availability" } },
          { ...written("Down", "critical"), severity: 0, for: "PT5M" },
          { ...written("Slow", "warning"), severity: 2, for: "PT2M" },
          { ...written("Now", "critical"), severity: 0 },
        ],
      },
    ]);
  });

  it.each([
    [20, [20]],
    [21, [20, 1]],
    [40, [20, 20]],
    [0, []],
  ])("%d of them are groups of %j: Azure takes 20 at most", (count, sizes) => {
    const rules = Array.from({ length: count }, (_, index) => recording(`r:${index}`));
    const groups = azureRuleGroups([{ name: "slm", interval: "15s", rules }]);
    expect(groups.map(({ name, rules: some }) => [name, some.length])).toEqual(sizes.map((size, index) => [`slm-${index + 1}`, size]));
    expect(groups.flatMap(({ rules: some }) => some.map((rule) => "record" in rule && rule.record))).toEqual(
      rules.map(({ record }) => record),
    );
  });

  it("lose nothing of the whole fleet but the two alerts that tell nobody", () => {
    const groups = ruleGroups(wholeFleet, nothingToWatch, "docs");
    const names = (rules: readonly object[]) => rules.map((rule) => ("alert" in rule ? rule.alert : (rule as { record: string }).record));
    const all = names(groups[0]!.rules);
    const kept = names(azureRuleGroups(groups).flatMap(({ rules }) => rules));
    expect(kept).toEqual(all.filter((name) => name !== "Watchdog" && name !== "ModelRollingOut"));
    expect(kept).toHaveLength(all.length - 2);
  });
});

describe("an environment on Azure", () => {
  const installed = () =>
    registered
      .filter(({ type }) => type.endsWith(":PrometheusRuleGroup"))
      .map(({ name, inputs }) => [name, inputs["rules"].map(({ actions: _actions, ...rule }: { actions?: object }) => rule)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1));

  it("whose monitoring is Azure's has its rules evaluated there, as Azure takes them", async () => {
    const { environment, plan } = azureEnvironment("prod", { mode: "azure", runbookBase: "https://runbooks.example" });
    const groups = azureRules(environment, plan);
    expect(groups.map(({ name, rules }) => [name, rules.length <= 20])).toEqual([
      ["slm-1", true],
      ["slm-2", true],
      ["slm-3", true],
    ]);
    const pages = groups.flatMap(({ rules }) => rules.flatMap((rule) => ("alert" in rule ? [rule.annotations["runbook_url"]] : [])));
    expect(pages).toContain("https://runbooks.example/model-unreachable.md");
    makeCluster(environment, plan, {});
    await quiet();
    expect(installed()).toEqual(groups.map(({ name, rules }) => [`observability-rules-${name}`, rules]));
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
