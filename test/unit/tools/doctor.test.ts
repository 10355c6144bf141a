import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { checks, doctorText, isAtLeast, type Machine, type TargetName } from "../../../tools/doctor/checks";
import { runCommand } from "../../support/commands";
import { environmentFile, onAzure } from "../../support/environments";

vi.setConfig({ testTimeout: 60_000 });

const { world } = vi.hoisted(() => ({ world: { settings: {} as object, inLab: false } }));
vi.mock("../../../tools/lib/environment", () => ({ readEnvironment: (name: string) => environmentFile(name, world.settings) }));
vi.mock("../../../tools/lib/state", () => ({ livesInLab: () => world.inLab, isLoggedIn: () => true }));

const versions: Record<string, string> = {
  pulumi: "v3.248.0",
  which: "/usr/bin/pulumi-language-nodejs",
  go: "go version go1.26.1 linux/amd64",
  python3: "Python 3.11.2",
  kubectl: "v1.37.2",
  az: "azure-cli 2.80.0",
  kubelogin: "kubelogin version",
  docker: "Docker version 28",
  openssl: "OpenSSL 3.0",
};
const machine = (change: Partial<Machine> = {}, missing: readonly string[] = []): Machine => ({
  platform: "linux",
  uid: 0,
  node: "20.19.0",
  version: (name, ...args) => (missing.includes(name) || missing.includes(`${name} ${args[0]}`) ? undefined : versions[name]),
  exists: () => true,
  plugin: (name) => `resource-${name}-v${name === "azure-native" ? "3.28.0" : "0.0.22"}`,
  isBuilt: () => false,
  freeDiskMib: 20_000,
  memoryMib: 4096,
  env: {},
  cluster: [],
  loggedIn: true,
  ...change,
});
const lacks = (target: TargetName, change: Partial<Machine> = {}, missing: readonly string[] = []) =>
  checks(machine(change, missing), { azureNative: "3.28.0", dockerBuild: "0.0.22" })
    [target].filter(({ ok }) => !ok)
    .map(({ what, wanted, found }) => `${what}: ${wanted}: ${found}`);

it("versions are compared by number", () => {
  const compared = (["20.19.0", "20.9", "21.0", "v3.200.1", "go1.26", "x"] as const).map((found) => isAtLeast(found, [20, 19]));
  expect(compared).toEqual([true, false, true, false, false, false]);
});

describe("a machine", () => {
  it("that has everything lacks nothing", () => {
    for (const target of ["lab", "local", "kubernetes", "azure", "docker"] as const) expect(lacks(target), target).toEqual([]);
  });

  it.each<[TargetName, Partial<Machine>, string[], string[]]>([
    ["kubernetes", { node: "20.18.1" }, [], ["Node.js: 20.19 or newer: 20.18.1"]],
    ["kubernetes", {}, ["pulumi"], []],
    ["kubernetes", {}, ["which", "go"], ["Pulumi: 3.200 or newer with its Node.js host, or Go 1.26 to build it: v3.248.0"]],
    ["kubernetes", { isBuilt: () => true }, ["pulumi", "go"], []],
    ["kubernetes", { plugin: () => undefined }, ["go"], ["plugin kubernetes: installed, or Go 1.26 to build it: null"]],
    ["kubernetes", { plugin: () => undefined }, [], []],
    ["kubernetes", {}, ["kubectl"], ["kubectl: on PATH: null", "cluster: an answer of the current context: no answer"]],
    ["kubernetes", { cluster: ["--context=x"] }, ["kubectl"], ["kubectl: on PATH: null", "cluster: an answer (--context=x): no answer"]],
    ["kubernetes", { loggedIn: false }, [], ["state: a backend, or a passphrase for local state: neither"]],
    ["kubernetes", { loggedIn: false, env: { PULUMI_CONFIG_PASSPHRASE_FILE: "x" } }, [], []],
    ["lab", { platform: "darwin" }, [], ["system: linux: darwin"]],
    ["lab", { uid: 1000 }, [], ["user: root: uid 1000"]],
    ["lab", { exists: () => false }, [], ["apt-get: there: not there"]],
    ["lab", {}, ["go", "python3"], ["Go, which builds what is missing: 1.26 or newer: null", "Python: on PATH: null"]],
    ["lab", { freeDiskMib: 18_431 }, [], ["disk: 18432 MiB free: 18431 MiB free"]],
    ["lab", { freeDiskMib: 4000, isBuilt: () => true }, ["go"], []],
    ["lab", { memoryMib: 3071 }, [], ["memory: 3072 MiB available: 3071 MiB available"]],
    ["local", { loggedIn: false, uid: 1000, platform: "darwin" }, [], []],
    ["local", {}, ["docker"], ["Docker: on PATH: null", "Docker engine: an answer: no answer"]],
    ["local", {}, ["docker version"], ["Docker engine: an answer: no answer"]],
    ["local", { plugin: () => undefined }, ["go"], ["plugin docker: installed, or Go 1.26 to build it: null"]],
    ["local", {}, ["openssl"], ["openssl, which makes certificates: on PATH: null"]],
    ["azure", {}, ["az", "kubelogin"], ["az: on PATH: null", "kubelogin: on PATH: null"]],
    ["azure", { env: { ARM_USE_MSI: "true" } }, ["az"], []],
    ["azure", { plugin: () => "resource-azure-native-v3.10.0" }, [], ["plugin azure-native: 3.28.0: resource-azure-native-v3.10.0"]],
    ["azure", { plugin: () => "pulumi-resource-azure-native" }, [], []],
    [
      "docker",
      { plugin: () => undefined },
      ["docker"],
      ["Docker: on PATH: null", "buildx: on PATH: null", "plugin docker-build: 0.0.22: null"],
    ],
  ])("for %s, with %o and without %j, lacks %j", (target, change, missing, expected) =>
    expect(lacks(target, change, missing)).toEqual(expected),
  );

  it("names what an identity of a pipeline lacks", () => {
    expect(lacks("azure", { env: { ARM_USE_OIDC: "true" } })[0]).toMatch(
      /^login: what workloadidentity needs: azure\.login: workloadidentity needs an application/,
    );
  });

  it("is reported in full where something is missing, and in a line where it is not", () => {
    const text = doctorText(checks(machine({}, ["docker"]), { azureNative: "3.28.0", dockerBuild: "0.0.22" })).split("\n");
    expect(text[0]).toBe("lab: ready");
    expect(text.slice(-6)).toEqual([
      "docker: lacks 2 of 3",
      "  ! Docker: wanted on PATH, found nothing",
      "    fix: install Docker with buildx: https://docs.docker.com/engine/install",
      "  ! buildx: wanted on PATH, found nothing",
      "    fix: install Docker with buildx: https://docs.docker.com/engine/install",
      "  - plugin docker-build (resource-docker-build-v0.0.22)",
    ]);
  });
});

describe("make doctor", () => {
  let printed = "";
  beforeEach(() => {
    Object.assign(world, { settings: {}, inLab: false });
    vi.stubEnv("ENV", "mine").stubEnv("JSON", "1").stubEnv("PATH", "/nowhere").stubEnv("PULUMI_HOME", "/nowhere");
    vi.spyOn(console, "log").mockImplementation((text) => {
      printed = String(text);
    });
  });
  afterEach(() => {
    process.exitCode = undefined;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
  const answer = async () => {
    await runCommand("doctor");
    return JSON.parse(printed) as { environment: string; needs: string[]; ready: boolean };
  };

  it("evaluates the target of the environment, and ends with 2 where that does not work", async () => {
    expect(await answer()).toMatchObject({ environment: "mine", needs: ["kubernetes"], ready: false });
    expect(process.exitCode).toBe(2);
    world.settings = onAzure();
    expect((await answer()).needs).toEqual(["azure"]);
    const onnx = { kind: "image", image: `example.invalid/w@sha256:${"b".repeat(64)}` };
    world.settings = {
      ...onAzure({ registry: { build: true } }),
      models: { edge: { engine: "onnx", model: "smollm2-135m-instruct", cpu: true, weights: { onnx } } },
    };
    expect((await answer()).needs).toEqual(["azure", "docker"]);
    const gateway = { host: "localhost", tls: "selfSigned" };
    world.settings = { target: "docker", gateway, consumers: { me: { models: ["chat"] } } };
    expect((await answer()).needs).toEqual(["local"]);
    Object.assign(world, { settings: {}, inLab: true });
    expect((await answer()).needs).toEqual(["lab"]);
  });
});
