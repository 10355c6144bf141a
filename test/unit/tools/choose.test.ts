import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { chosenEnvironment } from "../../../tools/docker/choose";
import { aloneOnPath } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const bin = aloneOnPath("docker");
let said: string[] = [];
beforeEach(() => {
  said = [];
  vi.stubEnv("ENV", "");
  vi.spyOn(console, "error").mockImplementation((text) => void said.push(String(text)));
});
afterEach(() => void vi.restoreAllMocks());

describe("where ENV names no environment", () => {
  it("it is local where Docker answers, which is said in one line", async () => {
    bin.add("docker", `echo '{"MemTotal": 8589934592}'`);
    expect([await chosenEnvironment(), said]).toEqual(["local", ["ENV=local: Docker answers; ENV=lab is the other one"]]);
  });
  it.each<[string, () => void]>([
    ["Docker is not installed", () => undefined],
    ["Docker's engine is away", () => void bin.add("docker", "echo 'Cannot connect' >&2; exit 1")],
    ["a client reports an engine that is not there", () => void bin.add("docker", `echo '{"ServerErrors": ["Cannot connect"]}'`)],
  ])("it is the lab where %s", async (_, prepare) => {
    prepare();
    expect([await chosenEnvironment(), said]).toEqual(["lab", ["ENV=lab: Docker does not answer; ENV=local is the other one"]]);
  });
});

it("an environment that ENV names is taken, and Docker is not asked", async () => {
  bin.add("docker", `echo '{"MemTotal": 8589934592}'`);
  vi.stubEnv("ENV", "mine");
  expect([await chosenEnvironment(), await chosenEnvironment("other"), said, bin.commands()]).toEqual(["mine", "other", [], []]);
});
