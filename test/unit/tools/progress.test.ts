import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { duration, Progress } from "../../../tools/lib/progress";

let written: string[] = [];
const terminal = (isTTY: boolean): void => void Object.defineProperty(process.stderr, "isTTY", { value: isTTY, configurable: true });
const was = process.stderr.isTTY;
beforeEach(() => {
  written = [];
  vi.useFakeTimers();
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  terminal(was);
});
/** What was written in these seconds. */
function linesIn(seconds: number): string[] {
  written = [];
  vi.advanceTimersByTime(seconds * 1000);
  return written;
}

it.each([
  [0, "0s"],
  [59.4, "59s"],
  [59.5, "1m00s"],
  [95, "1m35s"],
  [3600, "60m00s"],
])("%d seconds are %s", (seconds, expected) => expect(duration(seconds)).toBe(expected));

describe("the progress of a step", () => {
  it("is a line at once, and one every 15 seconds, where nobody watches", () => {
    terminal(false);
    const progress = new Progress("[1/2] etcd", 60);
    expect(written).toEqual(["[1/2] etcd: about 1m00s left\n"]);
    progress.update("compiling");
    expect(linesIn(14)).toEqual([]);
    expect(linesIn(1)).toEqual(["[1/2] etcd: compiling · 15s · about 45s left\n"]);
    expect(linesIn(15)).toEqual(["[1/2] etcd: compiling · 30s · about 30s left\n"]);
    written = [];
    progress.done();
    expect(written).toEqual(["[1/2] etcd: done in 30s\n"]);
    expect(linesIn(60)).toEqual([]);
  });

  it("rewrites its line twice a second on a terminal, and ends it", () => {
    terminal(true);
    const progress = new Progress("etcd", 60);
    expect(linesIn(1)).toEqual(["\r\x1b[Ketcd: about 1m00s left", "\r\x1b[Ketcd: 1s · about 59s left"]);
    written = [];
    progress.fail();
    expect(written).toEqual(["\r\x1b[Ketcd: failed after 1s\n"]);
    expect(linesIn(60)).toEqual([]);
  });

  it("says what came of it", () => {
    terminal(false);
    const progress = new Progress("etcd", 60);
    written = [];
    progress.done("built by another run");
    expect(written).toEqual(["etcd: built by another run in 0s\n"]);
  });

  it.each([
    [60, undefined, "45s"], // by the clock alone
    [60, 0.5, "15s"], // faster than expected: by the share
    [60, 0.05, "45s"], // too little is over to tell
    [60, 0.1, "45s"], // the share alone guesses too much
    [15, 0.75, "5s"], // when it should be over: by the share
    [10, undefined, "0s"], // later than expected, and nothing is known
    [10, 0.75, "5s"], // later than expected: by the share
  ])("with %i s expected and %s over after 15 s estimates %s", (expected, share, left) => {
    terminal(false);
    new Progress("etcd", expected).update("compiling", share);
    expect(linesIn(15)).toEqual([`etcd: compiling · 15s · about ${left} left\n`]);
  });
});
