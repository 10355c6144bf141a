import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { build } from "../../tools/build/recipe";
import { cosign } from "../../tools/build/recipes";
import { digests } from "../support/lab";

describe("an image that we build", () => {
  const env: Record<string, string> = { COSIGN_PASSWORD: "", ARGS: "--allow-http-registry" };
  let keys: string;
  let image: string;
  const pair = (name: string) => execa("cosign", ["generate-key-pair", "--output-key-prefix", name], { cwd: keys, env });
  const sign = (settings: Record<string, string>) => execa("make", ["sign"], { env: { ...env, ...settings }, reject: false });
  const verify = (name: string) =>
    execa(
      "cosign",
      [
        "verify",
        "--insecure-ignore-tlog",
        "--allow-http-registry",
        "--allow-insecure-registry",
        "--key",
        path.join(keys, `${name}.pub`),
        image,
      ],
      {
        env,
        reject: false,
      },
    );

  beforeAll(async () => {
    const [folder] = await build([cosign]);
    env["PATH"] = `${folder}${path.delimiter}${process.env["PATH"]}`;
    keys = mkdtempSync(path.join(tmpdir(), "slm-keys-"));
    await labImage("onnx-server");
    image = digests()["onnx-server"]!;
    for (const name of ["ours", "another"]) await pair(name);
  });
  afterAll(() => rmSync(keys, { recursive: true }));

  it("is signed by its digest, and verified by cosign with our key and no other", async () => {
    expect(await sign({ IMAGE: image, KEY: path.join(keys, "ours.key") })).toMatchObject({ exitCode: 0 });
    const { stdout, exitCode } = await verify("ours");
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)[0].critical.image["docker-manifest-digest"]).toBe(image.split("@")[1]);
    expect((await verify("another")).exitCode).not.toBe(0);
  });
});

it.each([
  [
    { IMAGE: "registry.example/onnx-server:latest", KEY: "cosign.key" },
    'IMAGE: must be name@sha256:<64 hex>, got "registry.example/onnx-server:latest"',
  ],
  [
    { IMAGE: `registry.example/onnx-server@sha256:${"a".repeat(64)}`, KEY: "" },
    'KEY: must be a private key of cosign or a key store, got ""',
  ],
])("%j is refused with code 2 by make sign", async (settings, message) => {
  const { stderr, exitCode } = await execa("make", ["sign"], { env: settings, reject: false });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});
