import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { runCommand } from "../../support/commands";
import { environmentFile } from "../../support/environments";

vi.setConfig({ testTimeout: 60_000 });

/** What was asked of the cluster's keys, and what the environment is. */
const { asked, world } = vi.hoisted(() => ({ asked: [] as string[], world: { settings: {} as object } }));

vi.mock("../../../tools/lib/environment", () => ({ readEnvironment: (name: string) => environmentFile(name, world.settings) }));
vi.mock("../../../tools/lib/stack", () => ({ Stack: { open: async () => ({ outputs: async () => ({}) }) } }));
vi.mock("../../../tools/lib/cluster", () => ({
  inCluster: async (_: object, __: object, use: (kubectl: unknown) => Promise<void>) => use("kubectl"),
}));
vi.mock("../../../tools/lib/self-signed", () => ({
  renew: async (_: unknown, ...args: string[]) => void asked.push(`renew ${args.join(" ")}`),
}));
vi.mock("../../../tools/lib/secret-keys", () => ({
  SecretKeys: class {
    constructor(
      _: unknown,
      readonly namespace: string,
    ) {}
  },
}));
vi.mock("../../../tools/lib/keys", () => ({
  Keys: class {
    constructor(private readonly store: { namespace: string }) {}
    list = async (consumer: string) =>
      consumer === "app" ? [{ slot: "2", fingerprint: "0a1b2c3d", made: "2026-11-01T00:00:00.000Z" }] : [];
    add = async (consumer: string) => this.report(`add ${consumer}`);
    rotate = async (consumer: string) => this.report(`rotate ${consumer}`);
    revoke = async (consumer: string, slot: string) => this.report(`revoke ${consumer} ${slot}`);
    private report(text: string): string {
      asked.push(`${text} in ${this.store.namespace}`);
      return "slm-secret";
    }
  },
}));

let printed: string[] = [];
let aside: string[] = [];
beforeEach(() => {
  asked.splice(0);
  [printed, aside] = [[], []];
  world.settings = { gateway: { host: "models.example.com", tls: "selfSigned" }, consumers: { app: { models: ["chat"] } } };
  vi.stubEnv("ENV", "mine");
  for (const name of ["NEW", "ROTATE", "REVOKE", "CERTIFICATE"]) vi.stubEnv(name, "");
  vi.spyOn(console, "log").mockImplementation((text) => void printed.push(String(text)));
  vi.spyOn(console, "error").mockImplementation((text) => void aside.push(String(text)));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("keys are listed by consumer, the environment's own among them, and never shown", async () => {
  await runCommand("keys");
  expect(printed).toEqual(["app: 2 (0a1b2c3d…, made 2026-11-01T00:00:00.000Z)", "verifier: no key"]);
});

it.each([
  ["NEW", "app", "add app in slm-gateway"],
  ["ROTATE", "verifier", "rotate verifier in slm-gateway"],
])("%s=%s makes a key, which is alone on standard output", async (name, value, step) => {
  vi.stubEnv(name, value);
  await runCommand("keys");
  expect([asked, printed]).toEqual([[step], ["slm-secret"]]);
  expect(aside).toEqual(["this is the only time that it is shown: keep it where its consumer finds it"]);
});

it("a key is ended by its consumer and slot", async () => {
  vi.stubEnv("REVOKE", "app.2");
  await runCommand("keys");
  expect([asked, printed]).toEqual([["revoke app 2 in slm-gateway"], ["app.2 is no key any more"]]);
});

it("a certificate is made anew where it is self-signed, and nowhere else", async () => {
  vi.stubEnv("CERTIFICATE", "renew");
  await runCommand("keys");
  expect(asked).toEqual(["renew slm-gateway front-door-self-signed models.example.com"]);
  world.settings = { ...world.settings, gateway: { host: "models.example.com", tls: { secret: "own" } } };
  await expect(runCommand("keys")).rejects.toThrow(
    "CERTIFICATE: the gateway's certificate is not self-signed\n  fix: renew it where it comes from",
  );
});

it.each([
  ["NEW", "site", '"site" is no consumer of stacks/Pulumi.mine.yaml\n  fix: use one of app, verifier'],
  ["ROTATE", "site", '"site" is no consumer of stacks/Pulumi.mine.yaml\n  fix: use one of app, verifier'],
  ["REVOKE", "site.1", '"site" is no consumer of stacks/Pulumi.mine.yaml\n  fix: use one of app, verifier'],
  ["REVOKE", "app", 'REVOKE: must be consumer.slot, got "app"\n  fix: list them: make keys'],
  ["REVOKE", "app.3", 'REVOKE: must be consumer.slot, got "app.3"\n  fix: list them: make keys'],
])("%s=%s is refused, and nothing is asked of the cluster", async (name, value, message) => {
  vi.stubEnv(name, value);
  await expect(runCommand("keys")).rejects.toThrow(message);
  expect([asked, printed]).toEqual([[], []]);
});

it("an environment whose consumers show tokens has no keys", async () => {
  world.settings = {
    gateway: {
      ...{ host: "models.example.com", tls: "selfSigned" },
      jwt: { issuer: "https://login.example", audiences: ["slm"], jwks: { configMap: "issuer" } },
    },
    consumers: { app: { models: ["chat"], subject: "1234" } },
  };
  await expect(runCommand("keys")).rejects.toThrow(
    "stacks/Pulumi.mine.yaml: its consumers show tokens of https://login.example, so there are no keys\n  fix: give and revoke them there",
  );
});

it("an environment without a gateway has no keys", async () => {
  world.settings = {};
  await expect(runCommand("keys")).rejects.toThrow(
    "stacks/Pulumi.mine.yaml: there is no slm:gateway, so there are no keys\n  fix: add the section: docs/gateway.md",
  );
});
