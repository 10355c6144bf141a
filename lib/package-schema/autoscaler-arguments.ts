import { z } from "zod";

import { engineTables } from "../engines/tables";
import { stageSeconds } from "../limits";
import { externalUrl } from "../monitoring/limits";
import { scaling } from "../scaling/settings";

const versions = Object.entries(engineTables).flatMap(([engine, tables]) =>
  Object.keys(tables).map((version) => [engine, version] as const),
);

/** Engine and version, one that there is a table of. */
const release = z
  .strictObject({ engine: z.enum(["vllm", "ollama", "onnx"], "must be vllm, ollama or onnx"), version: z.string() })
  .meta({ id: "EngineRelease" })
  .superRefine(({ engine, version }, context) => {
    const known = versions.filter(([one]) => one === engine).map(([, of]) => of);
    if (!known.includes(version)) context.addIssue({ code: "custom", path: ["version"], message: `must be ${known.join(" or ")}` });
  });

/** Arguments of `Autoscaler` that a program may learn only while it runs. */
export const autoscalerInputs = ["namespace", "deployment", "prometheusUrl"] as const;

/** Arguments of `Autoscaler`, as other languages write them. */
export const autoscalerArguments = z.strictObject({
  namespace: z.string().describe("Namespace of the Deployment. Replaces the scaler."),
  deployment: z.string().describe("Name of the Deployment whose pods are counted: the model's name, a dash and the engine's."),
  environment: z.string().describe("Name of the environment: the label by which its series are found."),
  release: release.describe("Engine and version, by which series have their names."),
  scaling: scaling.describe("Bounds, targets, times."),
  concurrency: z.number().optional().describe("Requests that one pod holds at once. Default: 1."),
  coldStart: z
    .strictObject({
      imageSeconds: stageSeconds,
      weightsSeconds: stageSeconds,
      loadSeconds: stageSeconds,
      nodeSeconds: z.int().min(0, "must be at least 0 s").optional(),
    })
    .meta({ id: "StartSeconds" })
    .describe("How long each stage of a start may take, in seconds: a pod is kept for as long as it would take to have it again."),
  prometheusUrl: externalUrl.describe("Base URL of a Prometheus that has the series, as the cluster's pods reach it."),
});
