import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";

import { alerts, ruleGroups } from "../../lib/monitoring/alerts";
import { runbookName } from "../../lib/monitoring/rule";
import { alertCases } from "../support/alert-cases";
import { outages } from "../support/alert-cases/outages";
import { asleepScenarios, scenarios } from "../support/alert-cases/scenarios";
import { allWatchers, wholeFleet } from "../support/fleet";
import { budgetTests, faultsOf, inputSeries, outageTest, promtool } from "../support/promtool";

/** The rules in the real promtool, which knows Prometheus' language and clock; no cluster is needed. */
const folder = mkdtempSync(path.join(tmpdir(), "slm-rules-"));
const rulesFile = path.join(folder, "rules.json");
let program = "";
const every = alerts(wholeFleet, allWatchers);

beforeAll(async () => {
  program = await promtool();
  writeFileSync(rulesFile, JSON.stringify({ groups: ruleGroups(wholeFleet, allWatchers, "https://runbooks.example") }));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Case = { series: Record<string, string>; atMinutes: number; start?: string; labels?: Record<string, string>; summary?: string };

/** One test of promtool: the series on top of a healthy fleet, and what must fire at a minute; nothing, where no summary is given. */
function promtoolTest(name: string, alert: string, { series, atMinutes, start, labels = {}, summary }: Case): object {
  const { severity, duringRollout } = every.find((one) => one.name === alert)!;
  const expected = {
    exp_labels: { ...labels, severity, during_rollout: duringRollout, runbook: runbookName(alert), environment: "test", namespace: "slm" },
    exp_annotations: { summary, runbook_url: `https://runbooks.example/${runbookName(alert)}.md` },
  };
  return {
    name,
    interval: "1m",
    ...(start ? { start_timestamp: start } : {}),
    input_series: inputSeries(series),
    alert_rule_test: [{ eval_time: `${atMinutes}m`, alertname: alert, exp_alerts: summary === undefined ? [] : [expected] }],
  };
}

const faults = (tests: readonly object[]): Promise<string> => faultsOf(program, rulesFile, tests);

it("are valid: promtool finds no fault and no duplicate", async () => {
  const { all, exitCode } = await execa(program, ["check", "rules", "--lint-fatal", rulesFile], { all: true, reject: false });
  expect(exitCode, all).toBe(0);
});

it("have a case for every alert", () => {
  expect(Object.keys(alertCases).sort()).toEqual(every.map(({ name }) => name).sort());
});

it("are quiet where nothing is wrong, for more than six hours", async () => {
  expect(await faults([outageTest({ what: "a healthy fleet", series: {}, atMinutes: 370, notified: [] })])).toBe("");
});

it.each(Object.entries(alertCases))("%s fires when it should, and is quiet when it should not", async (alert, { fires, quiet }) => {
  const tests = [
    ...fires.map((one) => promtoolTest(`fires: ${one.summary}`, alert, one)),
    ...quiet.map((one) => promtoolTest(`is quiet: ${one.why}`, alert, one)),
  ];
  expect(await faults(tests)).toBe("");
});

it.each([...outages, ...scenarios].map((outage) => [outage.what, outage] as const))(
  "tell all of it, and nothing else: %s",
  async (_what, outage) => {
    expect(await faults([outageTest(outage)])).toBe("");
  },
);

it.each(asleepScenarios.map((outage) => [outage.what, outage] as const))(
  "tell all of it, and nothing else, where chat may have no replica: %s",
  async (_what, outage) => {
    const models = wholeFleet.models.map((model) => (model.name === "chat" ? { ...model, scalesToZero: true } : model));
    const file = path.join(folder, "asleep.json");
    writeFileSync(file, JSON.stringify({ groups: ruleGroups({ ...wholeFleet, models }, allWatchers, "https://runbooks.example") }));
    expect(await faultsOf(program, file, [outageTest(outage)])).toBe("");
  },
);

it("record how much of the budget of errors is left", async () => {
  expect(await faults(budgetTests)).toBe("");
});
