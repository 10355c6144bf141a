import { parseArgs } from "node:util";
import { planOf } from "../lib/environment/plan-request";
import { faultMessage } from "../lib/planner/fault";
import { readEnvironment } from "./lib/environment";
import { command } from "./lib/fault";
import { planText } from "./plan-text";

/** Prints the plan of an environment: `tools/plan.ts <environment> [--json]`. Exit code 2 when it has no plan. */
command(async () => {
  const { values, positionals } = parseArgs({ options: { json: { type: "boolean", default: false } }, allowPositionals: true });
  const { environment } = readEnvironment(positionals[0] ?? (process.env["ENV"] || "lab"));
  const result = planOf(environment);
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : planText(result));
  for (const fault of values.json ? [] : result.faults) process.stderr.write(`error: ${faultMessage(fault)}\n`);
  process.exitCode = result.faults.length > 0 ? 2 : 0;
});
