import { homedir } from "node:os";
import path from "node:path";

import { afterEach, describe, expect, it, vi } from "vitest";

import * as places from "../../../tools/lib/places";

afterEach(() => void vi.unstubAllEnvs());

/** The module, as it is loaded under these variables. */
async function under(variables: Record<string, string | undefined>): Promise<typeof places> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  vi.resetModules();
  return vi.importActual("../../../tools/lib/places");
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
    expect(places.checkout).toBe(path.resolve(__dirname, "../../.."));
    expect(places.scratch).toBe(path.join(places.checkout, ".slm"));
  });
});

it("a fingerprint is short, and another when a part moves from one value to the next", () => {
  expect(places.fingerprint("ab", "c")).toMatch(/^[0-9a-f]{12}$/);
  expect(places.fingerprint("ab", "c")).toBe(places.fingerprint("ab", Buffer.from("c")));
  expect(new Set([places.fingerprint("ab", "c"), places.fingerprint("a", "bc"), places.fingerprint("abc")]).size).toBe(3);
});

it("free disk is told in MiB", async () => {
  const { statfsSync } = await vi.importActual<typeof import("node:fs")>("node:fs");
  const { bavail, bsize } = statfsSync("/tmp");
  expect(Math.abs(places.freeMib("/tmp") - (bavail * bsize) / 1024 / 1024)).toBeLessThan(4096);
});
