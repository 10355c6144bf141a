import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Credentials } from "../../tools/pin/credentials";
import { type Pinning, pin } from "../../tools/pin/pins";
import { referenceOf } from "../../tools/pin/reference";
import { resolveTag } from "../../tools/pin/registry";
import { Registry, TokenServer } from "../support/registry";

let folder: string;
let open: Registry;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "slm-registry-"));
  open = await Registry.start(folder);
});
afterAll(async () => {
  await open?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const at = (registry: Registry, image: string) => referenceOf(`${registry.host}/${image}`)!;

describe("a registry that everybody may read", () => {
  it("says what a tag names, and for which platforms", async () => {
    const digest = await open.push("ollama/ollama", "0.32.5", ["linux/amd64", "linux/arm64"]);
    expect(await resolveTag(at(open, "ollama/ollama:0.32.5"))).toEqual({ digest, platforms: ["linux/amd64", "linux/arm64"] });
  });

  it("says what it does not have", async () => {
    await expect(resolveTag(at(open, "ollama/ollama:0.0.0"))).rejects.toThrow(
      `${open.host}/ollama/ollama:0.0.0: ${open.host} has no such tag`,
    );
  });

  it("tells by its digest that a tag names another image", async () => {
    const pinning: Pinning = { resolve: resolveTag, today: "2026-11-27", update: false };
    const first = await open.push("library/python", "3.13-slim", ["linux/amd64"]);
    const official = `${open.host}/library/python:3.13-slim`;
    const added = await pin({ name: "python", official }, pinning);
    expect(added).toMatchObject({ kind: "added", entry: { image: `${official}@${first}`, pinned: "2026-11-27" } });
    const { entry } = added;
    expect((await pin({ name: "python", entry, official }, pinning)).kind).toBe("same");

    const second = await open.push("library/python", "3.13-slim", ["linux/amd64"], "a security fix");
    expect(second).not.toBe(first);
    const drifted = await pin({ name: "python", entry, official }, { ...pinning, today: "2026-12-27" });
    expect(drifted.kind).toBe("drifted");
    expect(drifted.text).toBe(
      `the tag 3.13-slim names ${second} now, and ${first} was pinned on 2026-11-27: make pin UPDATE=1 NAME=python takes it`,
    );
    const moved = await pin({ name: "python", entry, official }, { ...pinning, today: "2026-12-27", update: true });
    expect(moved).toMatchObject({ kind: "moved", entry: { image: `${official}@${second}`, pinned: "2026-12-27" } });
  });
});

describe("a registry that wants a token of another server", () => {
  let tokens: TokenServer;
  let closed: Registry;
  let digest: string;
  beforeAll(async () => {
    digest = await open.push("slm/onnx-server", "1.2.3", ["linux/amd64"]);
    tokens = await TokenServer.start("right");
    closed = await Registry.start(folder, tokens); // the same images, for fewer
  });
  afterEach(() => void tokens.asked.splice(0));
  afterAll(async () => {
    await closed?.stop();
    tokens?.stop();
  });
  const resolve = (own?: Credentials) => resolveTag(at(closed, "slm/onnx-server:1.2.3"), { credentials: async () => own });

  it.each<[string, Credentials]>([
    ["GET", { user: "us", secret: "right" }],
    ["POST", { refreshToken: "right" }],
  ])("is asked with one, which is got by %s for that repository alone", async (method, own) => {
    expect((await resolve(own)).digest).toBe(digest);
    expect(tokens.asked).toEqual([`${method} repository:slm/onnx-server:pull for registry`]);
  });

  it.each<[string, Credentials | undefined]>([
    ["nobody", undefined],
    ["a wrong secret", { user: "us", secret: "wrong" }],
    ["a wrong token", { refreshToken: "wrong" }],
  ])("does not let %s in, and the message says where to sign in", async (_who, own) => {
    await expect(resolve(own)).rejects.toThrow(`lets nobody in without an account (401): docker login ${closed.host}`);
  });
});
