import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";

import { describe, expect, it, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

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
    expect(text).toMatch(/^lab: 1 model, not priced\n/);
    expect(text).toMatch(/smollm2 +1 x smollm2-135m-instruct Q4_1 +ollama 0\.32\.15/);
    const json = JSON.parse(
      execFileSync("node", ["--import", "tsx", "tools/plan.ts", "lab", "--json"], { cwd: root, encoding: "utf8" }),
    ) as object;
    expect(json).toMatchObject({ name: "lab", faults: [], models: [{ name: "smollm2", quantization: "Q4_1" }] });
  });

  it("says which environment has no file", () => {
    const { stderr, status } = run("plan", ["nowhere"]);
    expect(stderr).toMatch(/^error: ENV="nowhere": there is no stacks\/Pulumi\.nowhere\.yaml\n {2}fix: use one of .*lab/);
    expect(status).toBe(2);
  });
});
