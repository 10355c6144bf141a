import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterEach, describe, expect, it, vi } from "vitest";

import { workDir } from "../../../tools/lib/paths";
import { isRunning, temporaryFolder } from "../../../tools/lib/temporary";

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => void vi.restoreAllMocks());

const endedPid = async (): Promise<string> => (await execa(process.execPath, ["--print", "process.pid"])).stdout;

describe("a run's folder of its own", () => {
  it("takes away what a killed run left, and nothing of one that goes on", async () => {
    const first = temporaryFolder();
    const left = path.join(path.dirname(first), `${await endedPid()}-left`);
    mkdirSync(path.join(left, "kubeconfig"), { recursive: true });
    const second = temporaryFolder();
    expect([first, second, left].map((folder) => existsSync(folder))).toEqual([true, true, false]);
    for (const folder of [first, second]) rmSync(folder, { recursive: true });
  });

  it("is named by its process, apart from every other, where no other user looks", () => {
    const [first, second] = [temporaryFolder(), temporaryFolder()];
    expect(first).not.toBe(second);
    expect(path.basename(first).split("-")[0]).toBe(String(process.pid));
    expect(path.dirname(first)).toBe(path.join(workDir, "tmp"));
    expect(statSync(first).mode & 0o077).toBe(0);
    for (const folder of [first, second]) rmSync(folder, { recursive: true });
  });
});

describe("a process", () => {
  it("runs until it has ended", async () => {
    expect(isRunning(process.pid)).toBe(true);
    expect(isRunning(Number(await endedPid()))).toBe(false);
  });

  it.runIf(process.platform === "linux")("that ended and is not yet reaped does not run", async () => {
    const parent = execa("sh", ["-c", "sleep 0.5 & echo $!; exec sleep 60"], { reject: false }); // `sleep` never asks after its child
    const [line] = await once(parent.stdout!, "data");
    await vi.waitFor(() => expect(isRunning(Number(line))).toBe(false), 10_000);
    expect(existsSync(`/proc/${String(line).trim()}`)).toBe(true);
    parent.kill();
    await parent;
  });

  it.each([
    ["EPERM", true],
    ["ESRCH", false],
  ])("that may not be asked, by %s, runs: %s", (code, expected) => {
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    expect(isRunning(1)).toBe(expected);
  });
});
