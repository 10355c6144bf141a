import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";

import { UserError } from "../../../tools/lib/fault";
import { runCommand } from "../../support/commands";
import { Executables } from "../../support/executables";
import { pinned } from "../../support/program";

vi.setConfig({ testTimeout: 60_000 });

const bin = new Executables();
beforeEach(() => {
  bin.reset();
  bin.add("cosign");
  vi.stubEnv("PATH", bin.folder).stubEnv("IMAGE", pinned("x")).stubEnv("KEY", "cosign.key").stubEnv("ARGS", "");
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => bin.dispose());

const sign = () => runCommand("sign");

it("an image is signed by its digest, and nothing is sent to the public log", async () => {
  await sign();
  expect(bin.commands()).toEqual([`cosign sign --yes --tlog-upload=false --key cosign.key ${pinned("x")}`]);
});

it("cosign is given what else is asked for, word by word", async () => {
  vi.stubEnv("ARGS", "--registry-cacert  ca.pem");
  await sign();
  expect(bin.calls()[0]!.args.slice(2)).toEqual(["--tlog-upload=false", "--key", "cosign.key", "--registry-cacert", "ca.pem", pinned("x")]);
});

it.each([
  [
    "IMAGE",
    "x:latest",
    'IMAGE: must be name@sha256:<64 hex>, got "x:latest"\n  fix: sign what its digest names: a tag may move after it is signed',
  ],
  ["IMAGE", undefined, 'IMAGE: must be name@sha256:<64 hex>, got ""\n  fix: sign what its digest names: a tag may move after it is signed'],
  ["KEY", "", 'KEY: must be a private key of cosign or a key store, got ""\n  fix: cosign generate-key-pair, or KEY=azurekms://VAULT/KEY'],
])("with %s=%s nothing is signed", async (name, value, message) => {
  vi.stubEnv(name, value);
  await expect(sign()).rejects.toThrow(new UserError(...(message.split("\n  fix: ") as [string, string])));
  expect(bin.commands()).toEqual([]);
});

it("what cosign says is not hidden by what we say", async () => {
  bin.add("cosign", "exit 7");
  await expect(sign()).rejects.toThrow(new UserError("cosign ended with code 7", "correct what it says above; the image is not signed"));
  bin.remove("cosign");
  await expect(sign()).rejects.toThrow(new UserError("cosign: not found on PATH", "install cosign 2"));
});
