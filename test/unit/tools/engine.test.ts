import { mkdirSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Recipe } from "../../../tools/build/recipe";
import { kubernetesSdk } from "../../../tools/build/recipes";
import { engine } from "../../../tools/lib/engine";
import { cache, repoRoot } from "../../../tools/lib/paths";
import { Executables, emptyFolder } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const asked: string[][] = [];
vi.mock("../../../tools/build/recipe", async (original) => ({
  ...(await original<object>()),
  build: async (recipes: Recipe[]) => {
    asked.push(recipes.map(({ name }) => name));
    return recipes.map(({ name }) => `/built/${name}`);
  },
}));

const bin = new Executables();
const home = emptyFolder();
const plugin = path.join(home, "plugins", `resource-kubernetes-v${kubernetesSdk}`);
beforeEach(() => {
  asked.splice(0);
  vi.stubEnv("PATH", bin.folder).stubEnv("PULUMI_HOME", home);
  mkdirSync(plugin, { recursive: true });
  bin.reset();
  bin.add("pulumi", "echo v3.200.0").add("pulumi-language-nodejs");
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => {
  bin.dispose();
  rmSync(home, { recursive: true });
});

const always = {
  PULUMI_SKIP_UPDATE_CHECK: "true",
  PULUMI_SUPPRESS_NEO_LINK: "true",
  PULUMI_NODEJS_TRANSPILE_ONLY: "true",
  TS_NODE_CACHE_DIRECTORY: path.join(cache, "ts-node"),
};
const host = path.join(repoRoot, "tools/language-host");

describe("the engine", () => {
  it("is the user's own where it fits, with nothing before it on PATH", async () => {
    expect(await engine()).toEqual({ ...always, PATH: bin.folder });
    expect(asked).toEqual([[]]);
    expect(bin.commands()).toEqual(["pulumi version"]);
    expect(bin.calls()[0]!.env["PULUMI_SKIP_UPDATE_CHECK"]).toBe("true");
  });

  it.each(["v3.200.0", "v3.274.1", "v3.1000.0-alpha"])("is the user's own at %s", async (version) => {
    bin.add("pulumi", `echo ${version}`);
    await engine();
    expect(asked).toEqual([[]]);
  });

  it.each([
    ["older than what runs this project", () => bin.add("pulumi", "echo v3.199.9")],
    ["of another major version", () => bin.add("pulumi", "echo v4.300.0")],
    ["of no version", () => bin.add("pulumi", "echo what?")],
    ["something else with a version", () => bin.add("pulumi", "echo other v3.274.1")],
    ["broken", () => bin.add("pulumi", "echo v3.274.1; exit 1")],
    ["not there", () => bin.remove("pulumi")],
    ["without a language host for Node", () => bin.remove("pulumi-language-nodejs")],
  ])("is built where the user's is %s, with the language host of this project", async (_, change) => {
    change();
    expect(await engine()).toEqual({
      ...always,
      PATH: [host, "/built/pulumi", bin.folder].join(":"),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
    expect(asked).toEqual([["pulumi"]]);
  });

  it("has the plugin for Kubernetes that this project's SDK asks for, or builds it", async () => {
    rmSync(plugin, { recursive: true });
    mkdirSync(path.join(home, "plugins/resource-kubernetes-v4.0.0"));
    expect(await engine()).toEqual({
      ...always,
      PATH: ["/built/provider-kubernetes", bin.folder].join(":"),
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    });
    expect(asked).toEqual([["provider-kubernetes"]]);
  });

  it("looks for plugins in the user's home unless they are elsewhere", async () => {
    vi.stubEnv("PULUMI_HOME", undefined).stubEnv("HOME", home);
    rmSync(plugin, { recursive: true });
    mkdirSync(path.join(homedir(), ".pulumi/plugins", path.basename(plugin)), { recursive: true });
    await engine();
    expect(asked).toEqual([[]]);
  });
});
