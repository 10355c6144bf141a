import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { flag, selector } from "../../../lib/engines/accessor";
import { engineTable } from "../../../lib/engines/tables";
import { repoRoot } from "../../../tools/lib/paths";

const onnx = engineTable("onnx", "0.18.0");
const vllm = engineTable("vllm", "0.33.0");

/** Families that vLLM does not have. */
const own = [
  "onnx_embedding_request_latency_seconds",
  "onnx_embedding_request_success",
  "onnx_embedding_tokens",
  "onnx_model_load_seconds",
  "onnx_num_embedding_requests_running",
  "onnx_num_embedding_requests_waiting",
  "onnx_ready",
  "onnx_request_rejected",
  "onnx_warmup_seconds",
];

describe("the ONNX server's table", () => {
  it("is what the server prints about itself", () => {
    const { flags, metrics, environment, endpoints } = onnx;
    const printed = JSON.parse(readFileSync(path.join(repoRoot, "images/onnx-server/interface.json"), "utf8"));
    expect({ flags, metrics, environment, endpoints }, "npx tsx tools/facts/engines.ts").toEqual(printed);
  });

  it("calls what vLLM has too by vLLM's names, with the same type, but for the prefix", () => {
    const shared = Object.entries(onnx.metrics).filter(([name]) => !own.includes(name));
    expect(shared).toHaveLength(Object.keys(onnx.metrics).length - own.length);
    for (const [name, { type, series, labels }] of shared) {
      const theirs = vllm.metrics[name.replace("onnx_", "vllm:") as keyof typeof vllm.metrics];
      expect({ type, series: series.map((one) => one.replace("onnx_", "vllm:")), labels }, name).toEqual({
        type: theirs.type,
        series: theirs.series,
        labels: theirs.labels.filter((label) => label !== "engine"),
      });
    }
  });

  it("gives flags and selectors that compile only with its names", () => {
    expect(flag(onnx, "--max-slots", 8)).toEqual(["--max-slots", "8"]);
    expect(selector(onnx, "onnx_request_success", { finished_reason: "error" })).toBe(
      'onnx_request_success_total{finished_reason="error"}',
    );
    // @ts-expect-error not a choice
    flag(onnx, "--provider", "tpu");
    // @ts-expect-error no such family
    expect(() => selector(onnx, "onnx_tokens")).toThrow();
  });
});
