import { describe, expect, it } from "vitest";

import { planOf } from "../../../lib/environment/plan-request";
import { lastUpdate, releaseMessage, type Update, verifiedReleases } from "../../../tools/promotion/history";
import { isSameRelease, type Release, releaseChanges, releaseOf, uncovered } from "../../../tools/promotion/release";
import { ownFiles, withSetting } from "../../../tools/promotion/write-release";
import { parsed, tiny } from "../../support/environments";
import { messageOf } from "../../support/errors";
import { jsonFiles, pinned } from "../../support/program";

const sum = (letter: string): string => letter.repeat(64);
const locked = { sizes: { blob: 5 }, files: { b: sum("b"), a: sum("a") }, licence: "mit", revision: "abcdef0" };
const { images, lock } = jsonFiles({
  images: { ollama: pinned("ollama"), python: pinned("python"), unused: pinned("unused"), weights: pinned("weights") },
  lock: { "library:qwen3:0.6b": locked, "library:other": { files: { blob: sum("c") } } },
});
const of = (models: object): Release => {
  const environment = parsed({ images, lock, models });
  return releaseOf(environment, planOf(environment));
};
const release: Release = {
  images: { ollama: pinned("ollama"), python: pinned("python") },
  weights: { "library:qwen3:0.6b": { revision: "abcdef0", licence: "mit", files: { a: sum("a"), b: sum("b") }, sizes: { blob: 5 } } },
  engines: { ollama: ["0.32.15"] },
};

describe("a release", () => {
  it("is the images, weights and engines that an environment deploys, in one order", () => {
    expect(JSON.stringify(of({ chat: tiny }))).toBe(JSON.stringify(release));
  });

  it("holds weights that a digest or an image fixes by their name alone, and images of weights by theirs", () => {
    const held = { ...tiny, weights: { ollama: { kind: "image", image: "weights", path: "x.gguf" } } };
    const baked = { ...tiny, weights: { ollama: { kind: "baked", path: "/x.gguf" } } };
    const { images: named, weights } = of({ held, baked });
    expect(Object.keys(named)).toEqual(["ollama", "python", "weights"]);
    expect(weights).toEqual({ "baked:/x.gguf": null, [`image:${pinned("weights")}/x.gguf`]: null });
  });

  it("holds further models of a server, and each version of an engine once", () => {
    const more = { other: { model: "qwen3-0.6b" } };
    expect(of({ chat: { ...tiny, ollama: { additionalModels: more } }, second: tiny })).toEqual(release);
  });

  it("holds the weights of a draft model and the images of the front door", () => {
    const draft = { kind: "image", image: "weights", path: "draft" };
    const drafted = {
      engine: "vllm",
      model: "qwen3-8b",
      vllm: { speculative: { method: "draft_model", tokens: 3, model: "qwen3-0.6b", source: draft } },
    };
    expect(Object.keys(of({ drafted }).weights)).toContain(`image:${pinned("weights")}/draft`);
    const door = ["envoy", "envoy-gateway"];
    const files = jsonFiles({ images: Object.fromEntries([...door, "ollama", "python"].map((name) => [name, pinned(name)])) });
    const gateway = { host: "models.example.com", tls: "selfSigned" };
    const environment = parsed({ images: files.images, lock, models: { chat: tiny }, gateway, consumers: { app: { models: ["chat"] } } });
    expect(Object.keys(releaseOf(environment, planOf(environment)).images)).toEqual([...door, "ollama", "python"]);
  });

  it("is compared in full", () => {
    expect(isSameRelease(release, JSON.parse(JSON.stringify(release)))).toBe(true);
    expect(isSameRelease(release, { ...release, engines: { ollama: ["0.32.16"] } })).toBe(false);
  });
});

describe("two releases", () => {
  const later: Release = {
    images: { ollama: pinned("newer") },
    weights: { "library:qwen3:0.6b": { files: { a: sum("1"), b: sum("2"), c: sum("3") } } },
    engines: { ollama: ["0.33.0"] },
  };
  it("differ by images and weights, each in a line", () => {
    expect(releaseChanges(release, later)).toEqual([
      `image ollama: ${pinned("ollama")} becomes ${pinned("newer")}`,
      "weights library:qwen3:0.6b: abcdef0, 2 files (aaaaaaaaaaaa, bbbbbbbbbbbb) becomes no revision, 3 files (111111111111, 222222222222, …)",
    ]);
    expect(releaseChanges(release, release)).toEqual([]);
    expect(releaseChanges({ ...release, weights: { "library:qwen3:0.6b": null } }, release)[0]).toMatch(/: not locked becomes abcdef0/);
  });

  it("leave uncovered what the second one does not hold", () => {
    expect(uncovered(release, release)).toEqual([]);
    expect(uncovered(release, { images: {}, weights: {}, engines: {} })).toEqual([
      "image ollama",
      "image python",
      "weights library:qwen3:0.6b",
      "engine ollama 0.32.15",
    ]);
    expect(uncovered(release, later)).toEqual(["image python", "engine ollama 0.32.15"]);
  });
});

describe("the history of a stack", () => {
  const update = (result: string, more: Partial<Update> = {}): Update => ({
    kind: "update",
    result,
    startTime: "start",
    endTime: "end",
    message: releaseMessage(release)!,
    ...more,
  });
  it("tells which releases were verified: those of updates that succeeded, the newest first", () => {
    const older = { ...release, engines: { ollama: ["0.1.0"] } };
    const history = [
      update("failed"),
      update("succeeded", { kind: "refresh" }),
      update("succeeded", { message: "by hand" }),
      update("succeeded", { message: "release {" }),
      update("succeeded", { message: "release {}" }),
      update("succeeded", { message: undefined } as object),
      update("succeeded", { endTime: undefined } as object),
      update("succeeded", { message: releaseMessage(older)! }),
    ];
    expect(verifiedReleases(history)).toEqual([
      { release, at: "start" },
      { release: older, at: "end" },
    ]);
    expect([lastUpdate(history)?.result, lastUpdate([update("succeeded", { kind: "destroy" })])]).toEqual(["failed", undefined]);
  });

  it("keeps no release that is too long for an argument", () => {
    expect(releaseMessage({ ...release, images: { x: "x".repeat(120_000) } })).toBeUndefined();
  });
});

describe("an environment file", () => {
  const text = "# mine\nconfig:\n  # first\n  slm:region: eastus # where\n  slm:models: { chat: {} } # what\n";
  it("gets a setting, and keeps comments and all else", () => {
    expect(withSetting(text, "slm:lock", "stacks/mine.json", "f")).toBe(
      "# mine\nconfig:\n  slm:lock: stacks/mine.json\n  # first\n  slm:region: eastus # where\n  slm:models: { chat: {} } # what\n",
    );
    expect(withSetting(text, "slm:region", "westeurope", "f")).toBe(text.replace("eastus", "westeurope"));
    expect(withSetting("config:\n    slm:a: b\n", "slm:lock", "x", "f")).toBe("config:\n    slm:lock: x\n    slm:a: b\n");
  });
  it("of another form is not written to", () => {
    expect(messageOf(() => withSetting("config: { slm:lock: y }\n", "slm:lock", "x", "stacks/Pulumi.mine.yaml"))).toBe(
      "stacks/Pulumi.mine.yaml: slm:lock could not be written\n  fix: write slm:lock: x below config: yourself, and run this again",
    );
  });
  it("names files that no other environment reads", () =>
    expect(ownFiles("prod")).toEqual({ images: "stacks/prod.images.json", lock: "stacks/prod.models.lock.json" }));
});
