import { planOf } from "../../lib/environment/plan-request";
import { own } from "../../lib/own";
import { standIn } from "../azure-stand-in/locate";
import { Failure, UserError } from "../lib/fault";
import { Progress } from "../lib/progress";
import type { Stack } from "../lib/stack";
import { previewMarkdown } from "./markdown";
import { type PreviewReport, previewReport } from "./report";
import { previewText } from "./text";

const formats: Readonly<Record<string, (report: PreviewReport) => string>> = {
  text: previewText,
  md: previewMarkdown,
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
};

/** The format that the variables ask for: FORMAT, or MARKDOWN=1, or JSON=1. */
export function previewFormat(env: NodeJS.ProcessEnv): (report: PreviewReport) => string {
  const named = env["FORMAT"] || (env["MARKDOWN"] ? "md" : env["JSON"] ? "json" : "text");
  const format = own(formats, named);
  if (!format) throw new UserError(`FORMAT: must be text, md or json, got "${named}"`, "leave it out for text");
  return format;
}

/** Previews a stack in one run of the engine and prints what it found; DIFF=1 shows Pulumi's own diff before it. Fails when the preview does. */
export async function preview(stack: Stack, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const print = previewFormat(env);
  const { environment } = stack.environment;
  const progress = new Progress(`preview of ${environment.name}`, 10);
  const { events, failure } = await stack.previewEvents({ quiet: !env["DIFF"] }).finally(() => progress.done());
  const notes =
    environment.azure && standIn()
      ? ["Azure: its plugin is not installed, and a stand-in answered (docs/azure.md says what that proves)"]
      : [];
  const report = previewReport(planOf(environment), events, { passed: failure === undefined, notes });
  process.stdout.write(print(report));
  if (failure) throw new Failure(`the preview of ${environment.name} ended: what it says above is why`);
}
