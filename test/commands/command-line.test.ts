import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterEach, expect, it, vi } from "vitest";

import { network } from "../../lab/layout";
import { repoRoot } from "../../tools/lib/paths";

vi.setConfig({ testTimeout: 60_000 });

const file = path.join(repoRoot, "stacks/Pulumi.broken-for-a-test.yaml");
afterEach(() => rmSync(file, { force: true }));

const run = (script: string, args: string[], env: Record<string, string> = {}) =>
  execa(process.execPath, ["--import", "tsx", script, ...args], { cwd: repoRoot, env, reject: false });

const up = (name: string, env: Record<string, string> = {}) => run("tools/main.ts", ["up"], { ENV: name, ...env });

it.each(["nowhere", "../../etc/passwd", "a b"])("ENV=%s: names the environments there are, and ends with code 2", async (name) => {
  const { exitCode, stderr } = await up(name);
  expect(stderr).toMatch(
    new RegExp(`^error: ENV="${name.replaceAll(".", "\\.")}": there is no stacks/Pulumi\\..*\\.yaml\\n {2}fix: use one of .*lab`),
  );
  expect([exitCode, stderr.includes("    at ")]).toEqual([2, false]);
});

it.each([
  ["config: [", /is not YAML/],
  ["a: 1", /there is no "config:"/],
  ["config: {}", /models/],
  ["config: { 'slm:models': { chat: { engine: ollama } }, 'slm:typo': 1 }", /Unrecognized key: "typo"[\s\S]*models\.chat\.model/],
  [
    "config: { 'slm:models': { chat: { engine: vllm, model: qwen3-9b, extraArgs: ['--disable-log-requests'] } } }",
    /broken-for-a-test\.yaml has no plan:\n✖ models\.chat\.model: must be a model of the catalog, got "qwen3-9b"; did you mean qwen3-4b/,
  ],
  [
    "config: { 'slm:models': { chat: { engine: ollama, model: qwen3-0.6b } }, 'slm:monitoring': { mode: standalone, storageGib: 10, retentionGib: 12, objectives: { chat: { availability: 1 } }, receivers: {}, routes: { critical: a, warning: b } } }",
    /at most 8 GiB, 80 % of the volume[\s\S]*retentionGib\n✖ .*there are none\n.*routes\.critical\n✖ .*\n.*routes\.warning\n✖ .*above 0 and below 1\n.*objectives\.chat\.availability/,
  ],
])("the environment file %o is refused in plain words, with code 2", async (text, message) => {
  writeFileSync(file, text);
  const { exitCode, stderr } = await up("broken-for-a-test");
  expect(stderr).toMatch(message);
  expect([exitCode, stderr.includes("    at ")]).toEqual([2, false]);
});

it("an unknown command ends with code 2", async () => {
  const { exitCode, stderr } = await run("tools/main.ts", ["upp"]);
  expect([exitCode, stderr]).toEqual([2, 'error: unknown command "upp"\n  fix: use one of up, down, preview']);
});

it("without Go, says so before anything is built", async () => {
  const empty = path.join(repoRoot, ".slm/test-cache");
  mkdirSync(empty, { recursive: true });
  const { exitCode, stderr } = await run("test/support/build.ts", ["pulumi"], { XDG_CACHE_HOME: empty, PATH: "/usr/bin:/bin" });
  rmSync(empty, { recursive: true });
  expect(stderr).toMatch(/error: go: not found on PATH[\s\S]*fix: install Go 1\.26 or newer/);
  expect(exitCode).toBe(2);
});

it.skipIf(process.getuid?.() !== 0)(
  "the lab refuses who is not root (skipped unless the tests run as root: they drop to another user)",
  async () => {
    const { exitCode, stderr } = await execa(
      "setpriv",
      ["--reuid=65534", "--clear-groups", process.execPath, "--import", "tsx", "lab/main.ts", "up"],
      { cwd: repoRoot, reject: false, env: { HOME: "/tmp" } },
    );
    expect([exitCode, stderr]).toEqual([
      2,
      "error: the lab needs root (network namespaces, mounts), this is uid 65534\n  fix: run it as root: sudo -E make …",
    ]);
  },
);

it.each(["10.0.0.0/8", "300.1.0.0/16", "x"])("SLM_LAB_NETWORK=%s is refused", (range) => {
  expect(() => network(range)).toThrow(`SLM_LAB_NETWORK: "${range}" is not a /16`);
});

it("places every address of the lab in its range", () => {
  const { range: _, ...addresses } = network("10.213.0.0/16");
  expect(Object.values(addresses).every((address) => address.startsWith("10.213."))).toBe(true);
});
