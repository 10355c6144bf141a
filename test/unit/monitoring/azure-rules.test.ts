import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../../lib/monitoring/alerts";
import { nothingToWatch } from "../../../lib/monitoring/alerts-self";
import { azureRuleGroups } from "../../../lib/monitoring/azure-rules";
import type { RuleGroup } from "../../../lib/monitoring/rule";
import { wholeFleet } from "../../support/fleet";

const alert = (name: string, seconds: number, severity: string): RuleGroup["rules"][number] => ({
  alert: name,
  expr: `${name} == 1`,
  for: `${seconds}s`,
  labels: { severity, during_rollout: "notify" },
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
      labels: { severity, during_rollout: "notify" },
      annotations: { summary: name, runbook_url: `docs/${name}.md` },
    });
    expect(azureRuleGroups([{ name: "slm", interval: "15s", rules }])).toEqual([
      {
        name: "slm-1",
        interval: "PT1M",
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

  it.each([
    ["15s", "PT1M"],
    ["61s", "PT2M"],
    ["300s", "PT5M"],
  ])("are evaluated every %s, in whole minutes: %s", (interval, written) => {
    expect(azureRuleGroups([{ name: "slm", interval, rules: [recording("r")] }])).toMatchObject([{ interval: written }]);
  });

  it("lose nothing of the whole fleet but the alert that tells nobody", () => {
    const groups = ruleGroups(wholeFleet, nothingToWatch, "docs");
    const names = (rules: readonly object[]) => rules.map((rule) => ("alert" in rule ? rule.alert : (rule as { record: string }).record));
    expect(groups).toHaveLength(2);
    const all = groups.flatMap(({ rules }) => names(rules));
    const kept = names(azureRuleGroups(groups).flatMap(({ rules }) => rules));
    expect(kept).toEqual(all.filter((name) => name !== "ModelRollingOut"));
    expect(kept).toHaveLength(all.length - 1);
  });
});
