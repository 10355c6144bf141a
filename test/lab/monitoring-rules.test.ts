import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";

import { alerts, ruleGroups } from "../../lib/monitoring/alerts";
import { runbookName } from "../../lib/monitoring/rule";
import { prometheus } from "../../tools/build/monitoring";
import { build } from "../../tools/build/recipe";
import { alertCases, healthy } from "../support/alert-cases";
import { allWatchers, wholeFleet } from "../support/fleet";

/** The rules in the real promtool, which knows Prometheus' language and clock; no cluster is needed. */
const folder = mkdtempSync(path.join(tmpdir(), "slm-rules-"));
const rulesFile = path.join(folder, "rules.json");
let promtool = "";
const every = alerts(wholeFleet, allWatchers);

beforeAll(async () => {
  promtool = path.join((await build([prometheus]))[0]!, "promtool");
  writeFileSync(rulesFile, JSON.stringify({ groups: ruleGroups(wholeFleet, allWatchers, "https://runbooks.example") }));
});
afterAll(() => rmSync(folder, { recursive: true }));

type Case = { series: Record<string, string>; atMinutes: number; start?: string; labels?: Record<string, string>; summary?: string };

/** One test of promtool: the series on top of a healthy fleet, and what must fire at a minute; nothing, where no summary is given. */
function promtoolTest(name: string, alert: string, { series, atMinutes, start, labels = {}, summary }: Case): object {
  const { severity, duringRollout } = every.find((one) => one.name === alert)!;
  const expected = {
    exp_labels: { ...labels, severity, during_rollout: duringRollout },
    exp_annotations: { summary, runbook_url: `https://runbooks.example/${runbookName(alert)}.md` },
  };
  return {
    name,
    interval: "1m",
    ...(start ? { start_timestamp: start } : {}),
    input_series: Object.entries({ ...healthy, ...series }).map(([selector, values]) => ({ series: selector, values })),
    alert_rule_test: [{ eval_time: `${atMinutes}m`, alertname: alert, exp_alerts: summary === undefined ? [] : [expected] }],
  };
}

/** What promtool says against the tests; "" when they hold. */
async function faults(tests: object[]): Promise<string> {
  const file = path.join(folder, "test.json");
  writeFileSync(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: "1m", tests }));
  const { all, exitCode } = await execa(promtool, ["test", "rules", file], { all: true, reject: false });
  return exitCode === 0 ? "" : all!;
}

it("are valid: promtool finds no fault and no duplicate", async () => {
  const { all, exitCode } = await execa(promtool, ["check", "rules", "--lint-fatal", rulesFile], { all: true, reject: false });
  expect(exitCode, all).toBe(0);
});

it("have a case for every alert", () => {
  expect(Object.keys(alertCases).sort()).toEqual(every.map(({ name }) => name).sort());
});

it("are quiet where nothing is wrong, for more than six hours", async () => {
  const quiet = every.filter(({ name }) => name !== "Watchdog");
  const [first, ...rest] = quiet.map(({ name }) => promtoolTest("a healthy fleet", name, { series: {}, atMinutes: 370 }));
  const checks = [first!, ...rest].flatMap((test) => (test as { alert_rule_test: object[] }).alert_rule_test);
  expect(await faults([{ ...first!, alert_rule_test: checks }])).toBe("");
});

it.each(Object.entries(alertCases))("%s fires when it should, and is quiet when it should not", async (alert, { fires, quiet }) => {
  const tests = [
    ...fires.map((one) => promtoolTest(`fires: ${one.summary}`, alert, one)),
    ...quiet.map((one) => promtoolTest(`is quiet: ${one.why}`, alert, one)),
  ];
  expect(await faults(tests)).toBe("");
});
