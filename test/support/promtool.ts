import { writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { prometheus } from "../../tools/build/monitoring";
import { build } from "../../tools/build/recipe";
import type { Outage } from "./alert-cases/outages";
import { counter, finished, healthy, hours, type Series } from "./alert-cases/series";

/** Prometheus' own checker of rules. */
export const promtool = async (): Promise<string> => path.join((await build([prometheus]))[0]!, "promtool");

/** Samples on top of a healthy fleet. */
export const inputSeries = (series: Series): object[] =>
  Object.entries({ ...healthy, ...series }).map(([selector, values]) => ({ series: selector, values }));

/** What promtool says against the tests of a file of rules; "" when they hold. */
export async function faultsOf(program: string, rulesFile: string, tests: readonly object[]): Promise<string> {
  const [short, long] = [false, true].map((wanted) => tests.filter((test) => isLong(test) === wanted));
  const write = (name: string, interval: string, some: readonly object[]) => {
    const file = path.join(path.dirname(rulesFile), name);
    writeFileSync(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: interval, tests: some }));
    return file;
  };
  const files = [write("short.json", "1m", short!), write("long.json", "2m", long!)];
  const { all, exitCode } = await execa(program, ["test", "rules", ...files], { all: true, reject: false });
  return exitCode === 0 ? "" : all!;
}

/** What takes hours is evaluated every two minutes, or it would take minutes here. */
const isLong = (test: object): boolean => Number(/"eval_time":"(\d+)m"/.exec(JSON.stringify(test))?.[1]) >= 300;

/** A test that exactly these alerts fire. */
export const outageTest = ({ what, series, atMinutes, notified }: Outage): object => ({
  name: what,
  interval: "1m",
  input_series: inputSeries(series),
  promql_expr_test: [
    {
      expr: 'group by (alertname) (ALERTS{alertstate="firing",alertname!="Watchdog"})',
      eval_time: `${atMinutes}m`,
      exp_samples: notified.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
    },
  ],
});

/** Half of the budget of 1 % is spent where one request of 200 fails, and nothing is left where one of a hundred does, whatever time has passed. */
export const budgetTests: readonly object[] = [
  [1, 199, "0.5"],
  [1, 99, "0"],
  [0, 100, "1"],
].map(([failed, answered, left]) => ({
  name: `${failed} of ${Number(failed) + Number(answered)} fail`,
  interval: "1m",
  input_series: inputSeries({
    [finished("stop")]: counter([hours, Number(answered)]),
    [finished("error")]: counter([hours, Number(failed)]),
  }),
  promql_expr_test: [
    {
      expr: 'round(slm:slo_budget:left_ratio{model="chat",slo="availability"}, 0.001)',
      eval_time: "600m",
      exp_samples: [{ labels: '{environment="test",namespace="slm",model="chat",slo="availability"}', value: Number(left) }],
    },
  ],
}));
