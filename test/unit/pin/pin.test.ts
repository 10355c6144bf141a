import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { dockerCredentials } from "../../../tools/pin/credentials";
import { isOpen, pin, withPins } from "../../../tools/pin/pins";
import { type Reference, referenceOf } from "../../../tools/pin/reference";
import { resolveTag } from "../../../tools/pin/registry";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("an image's name", () => {
  it.each<[string, Reference]>([
    ["python", { host: "docker.io", repository: "library/python" }],
    ["python:3.13", { host: "docker.io", repository: "library/python", tag: "3.13" }],
    ["ollama/ollama:0.1", { host: "docker.io", repository: "ollama/ollama", tag: "0.1" }],
    [`quay.io/a/b_c:v1@${digest("a")}`, { host: "quay.io", repository: "a/b_c", tag: "v1", digest: digest("a") }],
    ["localhost/a", { host: "localhost", repository: "a" }],
    ["127.0.0.1:5000/a/b", { host: "127.0.0.1:5000", repository: "a/b" }],
    [`registry.example:5000/a@${digest("b")}`, { host: "registry.example:5000", repository: "a", digest: digest("b") }],
  ])("%s", (image, parts) => expect(referenceOf(image)).toEqual(parts));

  it.each(["", "UPPER/case:1", "a b:1", "a:1@sha256:abc", "a/../b:1", "a//b:1"])("is not %j", (image) =>
    expect(referenceOf(image)).toBeUndefined(),
  );
});

describe("what docker login has kept", () => {
  let folder: string;
  const config = (contents: unknown) =>
    writeFileSync(path.join(folder, "config.json"), typeof contents === "string" ? contents : JSON.stringify(contents));
  const auth = Buffer.from("us:se:cret").toString("base64");
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "docker-"));
    vi.stubEnv("DOCKER_CONFIG", folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  const helper = (name: string, script: string) => {
    mkdirSync(path.join(folder, "bin"));
    const file = path.join(folder, "bin", `docker-credential-${name}`);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
    vi.stubEnv("PATH", `${path.join(folder, "bin")}:${process.env["PATH"]}`);
  };

  it("is nothing before anybody signed in", async () => {
    expect(await dockerCredentials("quay.io")).toBeUndefined();
    config({ auths: { "ghcr.io": { auth }, "quay.io": {} } });
    expect(await dockerCredentials("quay.io")).toBeUndefined();
  });

  it("is a name and a secret, which may hold colons; Docker Hub has a name of its own", async () => {
    config({ auths: { "quay.io": { auth }, "https://index.docker.io/v1/": { auth } } });
    expect(await dockerCredentials("quay.io")).toEqual({ user: "us", secret: "se:cret" });
    expect(await dockerCredentials("docker.io")).toEqual({ user: "us", secret: "se:cret" });
  });

  it("is a token to be traded, as az acr login leaves one", async () => {
    config({ auths: { "a.azurecr.io": { auth, identitytoken: "token" } } });
    expect(await dockerCredentials("a.azurecr.io")).toEqual({ refreshToken: "token" });
  });

  it("is asked of the program that keeps it, by the registry's name", async () => {
    config({ credHelpers: { "quay.io": "mine" }, auths: { "quay.io": { auth } } });
    helper("mine", `[ "$1" = get ] && printf '{"Username":"%s","Secret":"kept"}' "$(cat)"`);
    expect(await dockerCredentials("quay.io")).toEqual({ user: "quay.io", secret: "kept" });
  });

  it("is nothing where that program has nothing, and a token where it says so", async () => {
    config({ credsStore: "mine" });
    helper("mine", `[ "$(cat)" = a.azurecr.io ] && echo '{"Username":"<token>","Secret":"token"}'`);
    expect(await dockerCredentials("quay.io")).toBeUndefined();
    expect(await dockerCredentials("a.azurecr.io")).toEqual({ refreshToken: "token" });
  });

  it("is reported when it cannot be read", async () => {
    config("{");
    await expect(dockerCredentials("quay.io")).rejects.toThrow(`${path.join(folder, "config.json")}: `);
  });
});

describe("a registry that answers strangely", () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());
  const answering = async (status: number, headers: Record<string, string>, body = "{}"): Promise<Reference> => {
    server = createServer((_request, response) => void response.writeHead(status, headers).end(body));
    await new Promise<void>((resolve) => void server!.listen(0, "127.0.0.1", resolve));
    return referenceOf(`127.0.0.1:${(server.address() as AddressInfo).port}/a:1`)!;
  };

  it.each<[number, Record<string, string>, RegExp]>([
    [429, { "retry-after": "60" }, /was asked too often \(429\): try again in 60 s, or docker login 127/],
    [429, {}, /try again later, or/],
    [403, {}, /lets nobody in without an account \(403\)/],
    [500, {}, /answered 500$/],
    [200, { "docker-content-digest": digest("a") }, /says that its digest is sha256:a{64}, and sent what has sha256:44136fa3/],
  ])("with %i %j is reported so", async (status, headers, message) =>
    expect(resolveTag(await answering(status, headers))).rejects.toThrow(message),
  );

  it("is shown a name and its secret where it asks for those", async () => {
    const seen: (string | undefined)[] = [];
    server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(request.headers.authorization ? 200 : 401, { "www-authenticate": 'Basic realm="us"' }).end("{}");
    });
    await new Promise<void>((resolve) => void server!.listen(0, "127.0.0.1", resolve));
    const reference = referenceOf(`127.0.0.1:${(server.address() as AddressInfo).port}/a:1`)!;
    expect((await resolveTag(reference, { credentials: async () => ({ user: "us", secret: "é" }) })).platforms).toEqual([]);
    expect(seen).toEqual([undefined, `Basic ${Buffer.from("us:é").toString("base64")}`]);
  });

  it("or not at all is reported with its name", () =>
    expect(resolveTag(referenceOf("127.0.0.1:1/a:1")!)).rejects.toThrow(/^127\.0\.0\.1:1\/a:1: 127\.0\.0\.1:1 does not answer: /));
});

describe("one image", () => {
  const pinning = {
    resolve: async () => ({ digest: digest("a"), platforms: ["linux/amd64"] }),
    today: "2026-11-27",
    update: false,
  };

  it("whose project is unknown, or that has no tag, is reported", async () => {
    const unnamed = await pin({ name: "onnx-server" }, pinning);
    expect(unnamed).toMatchObject({ kind: "unnamed", text: expect.stringContaining("make pin NAME=onnx-server IMAGE=") });
    const untagged = await pin({ name: "x", entry: `quay.io/x@${digest("a")}`, official: "quay.io/x:1" }, pinning);
    expect(untagged).toMatchObject({
      kind: "untagged",
      text: `quay.io/x@${digest("a")} has no tag, so nobody can say what it should be now`,
    });
    expect([unnamed, untagged].map(isOpen)).toEqual([true, false]);
  });

  it("that could not be asked about keeps what it has", async () => {
    const resolve = async () => Promise.reject(new Error("no way"));
    const failed = await pin({ name: "x", official: "quay.io/x:1" }, { ...pinning, resolve });
    expect(failed).toEqual({ name: "x", kind: "failed", text: "no way" });
    expect(isOpen(failed)).toBe(true);
    expect(withPins({ x: "old" }, [failed])).toEqual({ x: "old" });
  });

  it("whose day is unknown drifts all the same", async () => {
    const { text, kind } = await pin({ name: "x", entry: `quay.io/x:1@${digest("b")}` }, pinning);
    expect([kind, text]).toEqual([
      "drifted",
      `the tag 1 names ${digest("a")} now, and ${digest("b")} was pinned: make pin UPDATE=1 NAME=x takes it`,
    ]);
  });

  it("is written beside the others, by name", async () => {
    const added = await pin({ name: "b", official: "b:1" }, pinning);
    expect(added.text).toBe(`docker.io/library/b:1@${digest("a")} (linux/amd64)`);
    expect(Object.entries(withPins({ c: "c", a: "a" }, [added]))).toEqual([
      ["a", "a"],
      ["b", { image: `docker.io/library/b:1@${digest("a")}`, pinned: "2026-11-27" }],
      ["c", "c"],
    ]);
  });
});
