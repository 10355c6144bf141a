import { describe, expect, it } from "vitest";

import { Downloads, type Said, saidIn } from "../../../tools/lib/downloads";

describe("the log of a pod that downloads weights", () => {
  it.each([
    [
      "weights: downloading acme/chat at 0123, 4,096 MiB\nweights: 12 of 4,096 MiB\nweights: 1,024 of 4,096 MiB",
      { doneMib: 1024, totalMib: 4096 },
    ],
    ["weights: 512 of 2048 MiB\nweights: try 1 of 5 to download acme/chat failed: ReadTimeout", { doneMib: 512, totalMib: 2048 }],
    ["weights: 512 MiB", { doneMib: 512, totalMib: undefined }],
    ["weights: downloading acme/chat at 0123, 4,096 MiB", undefined],
    ["weights: all files are as locked", undefined],
    ["", undefined],
  ])("%j says %j", (log, expected) => expect(saidIn(log)).toEqual(expected));
});

describe("progress", () => {
  const said = (doneMib: number, totalMib: number | undefined = 1000, pod = "a"): Said[] => [{ pod, model: "chat", doneMib, totalMib }];

  it("says what is there, what is left, and for how long at the pace since the pod was first seen", () => {
    const downloads = new Downloads();
    expect(downloads.news(said(100, 1100), 50)).toEqual(["downloading chat: 100 MiB of 1,100 MiB, 1,000 MiB left"]);
    expect(downloads.news(said(300, 1100), 60)).toEqual(["downloading chat: 300 MiB of 1,100 MiB, 800 MiB left, about 40s"]);
    expect(downloads.news(said(1100, 1100), 100)).toEqual(["downloading chat: 1,100 MiB of 1,100 MiB, 0 MiB left, about 0s"]);
  });

  it("is reported once, until it changes", () => {
    const downloads = new Downloads();
    expect(downloads.news(said(100), 0)).toHaveLength(1);
    expect(downloads.news(said(100), 10)).toEqual([]);
    expect(downloads.news([...said(200), ...said(5, 20, "b")], 20)).toEqual([
      "downloading chat: 200 MiB of 1,000 MiB, 800 MiB left, about 2m40s",
      "downloading chat: 5 MiB of 20 MiB, 15 MiB left",
    ]);
  });

  it("has a pace for each part that a pod downloads, and guesses none where nothing moves", () => {
    const downloads = new Downloads();
    downloads.news(said(900), 0);
    expect(downloads.news(said(1, 50), 10)).toEqual(["downloading chat: 1 MiB of 50 MiB, 49 MiB left"]);
    expect(downloads.news(said(890), 20)).toEqual(["downloading chat: 890 MiB of 1,000 MiB, 110 MiB left"]);
  });

  it("of an unknown total does not say what is left, and files that grew past it leave nothing", () => {
    const [unknown] = new Downloads().news([{ ...said(100)[0]!, totalMib: undefined }], 0);
    expect(unknown).toBe("downloading chat: 100 MiB; how much is left is not known");
    expect(new Downloads().news(said(1001), 0)).toEqual(["downloading chat: 1,001 MiB of 1,000 MiB, 0 MiB left"]);
  });
});
