import { randomBytes } from "node:crypto";
import path from "node:path";

import { chosen, compareModels } from "./compare/environment";
import { reportPage } from "./compare/page";
import { failuresOf, type Report, type Row } from "./compare/report";
import { namedEnvironments, settingsOf } from "./compare/settings";
import { reportText } from "./compare/text";
import { chosenEnvironment } from "./docker/choose";
import { command, Failure } from "./lib/fault";
import { repoRoot, workDir } from "./lib/paths";
import { writeWhole } from "./lib/whole-file";

/**
 * Asks the models of environments that are up the same (ENV=a,b MODELS=…), one model after the other, and puts what was measured side by side: a
 * table, a JSON file and a page with plots. JSON=1 prints the JSON in place of the table. Exit code 1 where a request failed.
 */
command(async () => {
  const settings = settingsOf(process.env);
  const named = namedEnvironments(process.env);
  const environments = chosen(named.length > 0 ? named : [await chosenEnvironment()], settings);
  const [began, run] = [new Date().toISOString(), randomBytes(3).toString("hex")];
  const rows: Row[] = [];
  for (const { file, models } of environments) rows.push(...(await compareModels(file, models, run, settings)));
  const { concurrency, requests, tokens } = settings;
  const report: Report = { began, settings: { concurrency, requests, tokens }, rows };
  const json = JSON.stringify(report, null, 2);
  const file = path.join(workDir, "compare", began.replaceAll(":", "-"));
  writeWhole(`${file}.json`, `${json}\n`);
  writeWhole(`${file}.html`, reportPage(report));
  console.log(process.env["JSON"] ? json : reportText(report));
  console.error(["json", "html"].map((ending) => `${path.relative(repoRoot, file)}.${ending}`).join("\n"));
  const failures = failuresOf(rows);
  if (failures.length > 0) throw new Failure(failures.join("\n"));
});
