import { describe, expect, it } from "vitest";

import { type FileResult, failureLines, firstLine, type Run, summary, tables } from "../../run/result";

const file = (name: string, more: Partial<FileResult> = {}): FileResult => ({
  ...{ file: name, suite: "lab", wallSeconds: 100, processorSeconds: 30, testSeconds: 60, hookSeconds: 35 },
  ...{ passed: 4, skipped: 0, failed: 0, failures: [], ...more },
});

describe("the end of a run", () => {
  it("adds up every suite in its last line", () => {
    expect(summary([file("a"), file("b", { passed: 2, failed: 1, skipped: 3 })])).toBe("6 passed, 1 failed, 3 skipped");
    expect(summary([])).toBe("0 passed, 0 failed, 0 skipped");
  });

  it("tells for each failure its name, the first line of why, and the command that repeats it", () => {
    const failures = [
      { name: "loses nothing", why: "expected 1 to be 0" },
      { name: "goes", why: "timed out" },
    ];
    expect(failureLines([file("test/lab/a.test.ts", { failures }), file("test/lab/b.test.ts")])).toEqual([
      "✖ test/lab/a.test.ts > loses nothing",
      "    expected 1 to be 0",
      "    make test FILES=test/lab/a.test.ts",
      "✖ test/lab/a.test.ts > goes",
      "    timed out",
      "    make test FILES=test/lab/a.test.ts",
    ]);
  });

  it("keeps the first line of a message, without its colours", () => {
    expect(firstLine("\n\u001b[31mexpected\u001b[39m 1\n  at somewhere")).toBe("expected 1");
    expect(firstLine("")).toBe("");
  });
});

describe("the table of times", () => {
  const run: Run = {
    files: [
      file("short", { wallSeconds: 1, processorSeconds: 1, testSeconds: 1, hookSeconds: 0 }),
      file("long", { wallSeconds: 125, processorSeconds: 25 }),
      file("busy", { wallSeconds: 3, processorSeconds: 5 }),
      file("brief", { wallSeconds: 2, processorSeconds: 1, testSeconds: 1, hookSeconds: 1 }),
    ],
    builds: [
      { name: "envoy 1.40.0", wallSeconds: 9, processorSeconds: 3 },
      { name: "kubernetes 1.37.2", wallSeconds: 310, processorSeconds: 590 },
    ],
    phases: [{ name: "lab", wallSeconds: 600, busy: 0.756 }],
    ...{ podSeconds: 61, wallSeconds: 700, processorSeconds: 0 },
  };

  it("has the longest first, the short ones in one row, and no waiting below zero", () => {
    expect(tables(run).split("\n")).toEqual([
      "| Phase | wall   | processors busy |".replace("wall  ", "  wall"),
      "| ----- | -----: | --------------: |",
      "| lab   | 10m00s |            76 % |",
      "",
      "| Build             |  wall | processor |",
      "| ----------------- | ----: | --------: |",
      "| kubernetes 1.37.2 | 5m10s |     9m50s |",
      "| envoy 1.40.0      |    9s |        3s |",
      "",
      "| File                     |  wall | processor | waiting | tests | hooks |",
      "| ------------------------ | ----: | --------: | ------: | ----: | ----: |",
      "| long                     | 2m05s |       25s |   1m40s | 1m00s |   35s |",
      "| busy                     |    3s |        5s |      0s | 1m00s |   35s |",
      "| 2 files of less than 3 s |    3s |        2s |      1s |    2s |    1s |",
      "",
      "The whole run: 11m40s; processor time of the lab's pods: 1m01s.",
    ]);
  });

  it("is Markdown of nothing but heads where nothing was built", () => {
    expect(tables({ ...run, builds: [] })).toContain("| Build | wall | processor |\n| ----- | ---: | --------: |\n\n| File");
  });
});
