import { homedir } from "node:os";
import path from "node:path";

import { afterEach, describe, expect, it, vi } from "vitest";

import * as paths from "../../../tools/lib/paths";

afterEach(() => void vi.unstubAllEnvs());

/** The module, as it is loaded under these variables. */
async function under(variables: Record<string, string | undefined>): Promise<typeof paths> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  vi.resetModules();
  return vi.importActual("../../../tools/lib/paths");
}

describe("what is kept", () => {
  it("is where the user keeps such things, or in their home", async () => {
    const named = await under({ XDG_CACHE_HOME: "/c", XDG_STATE_HOME: "/s", SLM_LAB_NAME: "mine" });
    expect([named.cache, named.labHome, named.labName]).toEqual(["/c/slm-stack", "/s/slm-stack/mine", "mine"]);
    const plain = await under({ XDG_CACHE_HOME: "", XDG_STATE_HOME: undefined, SLM_LAB_NAME: "" });
    expect([plain.cache, plain.labHome]).toEqual([
      path.join(homedir(), ".cache/slm-stack"),
      path.join(homedir(), ".local/state/slm-stack/lab"),
    ]);
  });

  it("of this checkout is beside its sources", () => {
    expect(paths.repoRoot).toBe(path.resolve(__dirname, "../../.."));
    expect(paths.workDir).toBe(path.join(paths.repoRoot, ".slm"));
  });
});

it("a fingerprint is short, and another when a part moves from one value to the next", () => {
  expect(paths.fingerprint("ab", "c")).toMatch(/^[0-9a-f]{12}$/);
  expect(paths.fingerprint("ab", "c")).toBe(paths.fingerprint("ab", Buffer.from("c")));
  expect(new Set([paths.fingerprint("ab", "c"), paths.fingerprint("a", "bc"), paths.fingerprint("abc")]).size).toBe(3);
});

it("free disk is reported in MiB", async () => {
  const { statfsSync } = await vi.importActual<typeof import("node:fs")>("node:fs");
  const { bavail, bsize } = statfsSync("/tmp");
  expect(Math.abs(paths.freeMib("/tmp") - (bavail * bsize) / 1024 / 1024)).toBeLessThan(4096);
});
