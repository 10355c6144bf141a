import { spawn } from "node:child_process";
import { rmSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { expect, it, vi } from "vitest";

import { repoRoot } from "../../tools/lib/paths";

const script = path.join(repoRoot, "node_modules/.cache/slm-stack/language-host.js");

/** What the host tells the engine first: its port. */
async function port(): Promise<number> {
  const host = spawn(path.join(repoRoot, "tools/language-host/pulumi-language-nodejs"), ["127.0.0.1:1"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    for await (const line of createInterface({ input: host.stdout })) return Number(line);
    return Number.NaN;
  } finally {
    host.kill();
  }
}

it("the language host says its port first, whether it must be transpiled or is, and is transpiled anew when its source is newer", async () => {
  rmSync(script, { force: true });
  expect(await port()).toBeGreaterThan(0);
  const made = statSync(script).mtimeMs;
  expect(await port()).toBeGreaterThan(0);
  expect(statSync(script).mtimeMs).toBe(made);
  utimesSync(script, 0, 0);
  expect(await Promise.all([port(), port()])).toEqual([expect.any(Number), expect.any(Number)]);
  expect(statSync(script).mtimeMs).toBeGreaterThanOrEqual(made);
});

it("the language host ends soon after the engine that started it is killed", async () => {
  const host = path.join(repoRoot, "tools/language-host/pulumi-language-nodejs");
  // A shell plays the engine: it says its child's id, and is killed.
  const engine = spawn("bash", ["-c", `"${host}" 127.0.0.1:1 & echo "pid $!"; wait`], { stdio: ["ignore", "pipe", "inherit"] });
  let pid = 0;
  for await (const line of createInterface({ input: engine.stdout })) {
    if (line.startsWith("pid ")) pid = Number(line.slice(4));
    else break; // its port: it serves
  }
  expect(() => process.kill(pid, 0)).not.toThrow();
  engine.kill("SIGKILL");
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 20_000, interval: 100 });
});
