import { z } from "zod";

import * as limits from "../limits";
import { cronFault, isTimezone } from "./cron";

const cron = z.string().superRefine((text, context) => {
  const message = cronFault(text);
  if (message) context.addIssue({ code: "custom", message });
});

const period = z
  .strictObject({
    from: cron.describe("When it begins, as a cron expression of five fields, such as 0 8 * * 1-5."),
    to: cron.describe("When it ends, in the same form."),
    timezone: z
      .string()
      .refine(isTimezone, "must be a time zone such as Europe/Berlin or UTC")
      .describe("Time zone of both, such as Europe/Berlin."),
    replicas: limits.replicas.min(1, "must be at least 1").describe("Pods that it has at least in this time; at most max."),
  })
  .refine(({ from, to }) => from !== to, { path: ["to"], message: "must differ from `from`: a period without an end is `min`" });

/** Seconds that a scaler may wait before it takes pods away: Kubernetes' own bound (autoscaling/v2, stabilizationWindowSeconds). */
export const quietSeconds = z
  .int("must be a whole number of seconds")
  .min(0, "must be at least 0 s")
  .max(3600, "must be at most 3600 s (1 h), which is Kubernetes' bound");

const shape = z.strictObject({
  min: limits.replicas.describe("Fewest pods; at least 1, or 0 with toZero."),
  max: limits.replicas.min(1, "must be at least 1").describe("Most pods; nodes and costs are planned for them."),
  waiting: z
    .number()
    .gt(0, "must be above 0 requests")
    .max(10_000, "must be at most 10000 requests")
    .optional()
    .describe(
      "Requests that wait, for each pod, before there are more pods; vLLM and ONNX. Default: 5 for vLLM, where neither this nor kvUse or concurrency is set.",
    ),
  kvUse: z
    .number()
    .gt(0, "must be above 0")
    .max(1, "must be at most 1, a full cache")
    .optional()
    .describe(
      "Share of the cache of keys and values in use, on average, before there are more pods; vLLM only. Default: 0.8, where neither this nor waiting or concurrency is set.",
    ),
  concurrency: z
    .number()
    .gt(0, "must be above 0 requests")
    .max(10_000, "must be at most 10000 requests")
    .optional()
    .describe(
      "Requests in hand, running and waiting, for each pod, before there are more pods; of Ollama the gateway counts them. Default: the model's own concurrency for Ollama and ONNX, where waiting is not set; none for vLLM.",
    ),
  quietSeconds: quietSeconds
    .optional()
    .describe(
      "Seconds for which fewer pods must do before one is taken away; 0 to 3600. Default: the planned cold start, but at least 60 and at most 3600.",
    ),
  schedule: z
    .array(period)
    .max(10, "must be at most 10 periods")
    .optional()
    .describe("Times in which it has more pods than min, such as working hours. Default: none."),
  toZero: z
    .boolean()
    .optional()
    .describe(
      "Let it have no pod outside its schedule, with min: 0. Requests are then refused with 503 until the next period begins: no request starts a pod. Default: false.",
    ),
});

/** How a scaler sets the pods of one model, between two bounds. */
export type Scaling = z.infer<typeof shape>;

/** Setting `scaling` of a model. */
export const scaling = shape.superRefine(crossFaults);

function crossFaults({ min, max, toZero = false, schedule = [] }: Scaling, context: z.RefinementCtx): void {
  const report = (path: (string | number)[], message: string, input: unknown) =>
    context.addIssue({ code: "custom", path, message: `${message}, got ${JSON.stringify(input)}` });
  if (min > max) report(["min"], `must be at most max (${max})`, min);
  if (min === 0 && !toZero) report(["min"], "must be at least 1, or come with toZero: true", min);
  if (min > 0 && toZero) report(["toZero"], `must come with min: 0, and min is ${min}`, toZero);
  if (toZero && schedule.length === 0) report(["schedule"], "must name a time in which it has pods: no request starts one", schedule);
  for (const [index, { replicas }] of schedule.entries())
    if (replicas > max || replicas < min) report(["schedule", index, "replicas"], `must be from min (${min}) to max (${max})`, replicas);
}
