import { readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";

import { parse } from "yaml";

import { faultMessage } from "../components/lib/planner/fault";
import { plan } from "../components/lib/planner/plan";
import { toPlanRequest } from "./plan-request";
import { planText } from "./plan-text";

/** Prints the plan of an environment: `tools/plan.ts <environment> [--json]`. Exit code 2 when it has no plan. */
function main(): void {
  const { values, positionals } = parseArgs({ options: { json: { type: "boolean", default: false } }, allowPositionals: true });
  const environment = positionals[0] ?? process.env.ENV ?? "lab";
  const result = plan(toPlanRequest(environment, read(environment)));
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : planText(result));
  for (const fault of values.json ? [] : result.faults) process.stderr.write(`error: ${faultMessage(fault)}\n`);
  process.exitCode = result.faults.length > 0 ? 2 : 0;
}

function read(environment: string): unknown {
  const file = path.resolve(__dirname, "..", "stacks", `Pulumi.${environment}.yaml`);
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    process.stderr.write(
      `error: stacks/Pulumi.${environment}.yaml: ${(error as Error).message}\n  fix: name an environment that has a file: make plan ENV=lab\n`,
    );
    process.exit(2);
  }
}

main();
