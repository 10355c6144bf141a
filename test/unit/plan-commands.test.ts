import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { toPlanRequest } from "../../tools/plan-request";

const root = path.resolve(__dirname, "../..");
const run = (tool: string, args: string[], input = "") =>
  spawnSync("node", ["--import", "tsx", `tools/${tool}.ts`, ...args], {
    cwd: root,
    input,
    encoding: "utf8",
    env: { ...process.env, ENV: "" },
  });

describe("make estimate", () => {
  it("answers each line in order, tells what is wrong with a bad one, and ends with code 2", () => {
    const lines = [
      '{"model":"Qwen/Qwen3-8B","gpu":"A100-80GB","maxModelLen":8192}',
      "",
      "{",
      '{"model":"Qwen/Qwen3-8B","gpu":"L4","maxModelLen":0}',
    ];
    const { stdout, status } = run("estimate", [], lines.join("\n"));
    const [good, broken, wrong] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(Object.keys(good!)).toEqual([
      "fits",
      "weightsGib",
      "activationGib",
      "overheadGib",
      "kvGib",
      "kvTokens",
      "maxConcurrency",
      "reason",
    ]);
    expect(good).toMatchObject({ fits: true, weightsGib: 15.27 });
    expect(broken!["error"]).toBe('(line): must be JSON, got "{"; write one JSON object per line');
    expect(wrong!["error"]).toBe("maxModelLen: must be at least 1, got 0; correct it or leave it out for the default");
    expect(status).toBe(2);
  });

  it("ends with code 0 when every line was right", () => {
    expect(run("estimate", [], '{"model":"qwen3-0.6b","gpu":"t4"}\n').status).toBe(0);
  });
});

describe("make plan", () => {
  it("prints a table for people and JSON for pipelines", () => {
    const text = execFileSync("node", ["--import", "tsx", "tools/plan.ts", "lab"], { cwd: root, encoding: "utf8" });
    expect(text).toMatch(/^lab in eastus: 1 model, not priced\n/);
    expect(text).toMatch(/smollm2 +1 x smollm2-135m-instruct Q4_1 +ollama 0\.32\.15/);
    const json = JSON.parse(
      execFileSync("node", ["--import", "tsx", "tools/plan.ts", "lab", "--json"], { cwd: root, encoding: "utf8" }),
    ) as object;
    expect(json).toMatchObject({ name: "lab", faults: [], models: [{ name: "smollm2", quantization: "Q4_1" }] });
  });

  it("says which environment has no file", () => {
    const { stderr, status } = run("plan", ["nowhere"]);
    expect(stderr).toMatch(/^error: stacks\/Pulumi\.nowhere\.yaml: .*\n {2}fix: name an environment that has a file/);
    expect(status).toBe(2);
  });
});

describe("toPlanRequest", () => {
  it("reads the project's keys, and models by catalog name, library tag or file", () => {
    const models = {
      a: { engine: "vllm", model: "qwen3-8b", replicas: 2 },
      b: { engine: "ollama", source: { kind: "library", tag: "phi4-mini:3.8b-q8_0" } },
      c: { engine: "ollama", source: { kind: "file", path: "/models/smollm2-135m-instruct-q4_1.gguf" } },
    };
    const request = toPlanRequest("dev", {
      config: { "slm:region": "westeurope", "slm:models": models, "slm:hfToken": { secure: "x" }, "aws:x": 1 },
    });
    expect(request).toMatchObject({ name: "dev", region: "westeurope", target: "azure", hfToken: true });
    expect(request.models["a"]).toEqual({ engine: "vllm", model: "qwen3-8b", replicas: 2 });
    expect(request.models["b"]).toEqual({ engine: "ollama", model: "phi-4-mini-instruct", quantization: "q8_0" });
    expect(request.models["c"]).toEqual({ engine: "ollama", model: "smollm2-135m-instruct", quantization: "q4_1" });
  });
});
