import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { azureLogin, serverImages } from "../../../components/environment/inputs";
import { loadEnvironment, secretValues } from "../../../stacks/config";
import { onAzure, parsed, tiny } from "../../support/environments";
import { messageOf } from "../../support/errors";
import { mockPulumi, settled } from "../../support/mocks";
import { configure, jsonFiles, pinned } from "../../support/program";

const digests = { python: pinned("python"), ollama: pinned("ollama") };
const files = jsonFiles({
  images: digests,
  lock: { "library:qwen3:0.6b": { files: { blob: "b".repeat(64) } } },
  empty: {},
});
const whole = { images: files.images, lock: files.lock, models: { chat: tiny } };

beforeAll(mockPulumi);
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** What was thrown, as the SDK's runner tells it: a mistake of the user's in plain words. */
function refused(settings: object, secrets: string[] = []): string {
  configure({ ...whole, ...settings }, secrets);
  expect(loadEnvironment).toThrow(pulumi.RunError);
  return messageOf(loadEnvironment);
}

describe("the login of a cluster on Azure", () => {
  const variables = ["ARM_USE_MSI", "ARM_USE_OIDC", "ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH"];
  const azure = ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"];
  beforeEach(() => {
    for (const variable of [...variables, ...azure]) vi.stubEnv(variable, "");
  });

  it("is what the environment names, else what the variables ask for; elsewhere there is none", () => {
    vi.stubEnv("ARM_USE_MSI", "true");
    expect(azureLogin(parsed(onAzure()))).toEqual({ mode: "msi" });
    expect(azureLogin(parsed(onAzure({ login: "azurecli" })))).toEqual({ mode: "azurecli" });
    expect(azureLogin(parsed({}))).toBeUndefined();
  });

  it("that lacks something ends an update before anything is made, and no preview", () => {
    const environment = parsed(onAzure({ login: "spn" }));
    expect(messageOf(() => azureLogin(environment))).toMatch(/^azure\.login: spn needs an application.*\nazure\.login: spn needs a secret/);
    vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
    expect(azureLogin(environment)).toEqual({ mode: "spn" });
  });
});

describe("the environment of the stack that runs", () => {
  it("is read from the stack's settings, objects and plain texts alike", () => {
    configure({ ...whole, region: "westeurope", kubernetes: { namespace: "models" } });
    const { environment, plan } = loadEnvironment();
    expect(environment).toMatchObject({
      name: "test",
      region: "westeurope",
      kubernetes: { namespace: "models" },
      models: { chat: tiny },
      imageDigests: digests,
    });
    expect([plan.name, plan.region, plan.models.map(({ name }) => name), plan.faults]).toEqual(["test", "westeurope", ["chat"], []]);
  });

  it("leaves out settings of others", () => {
    configure(whole);
    pulumi.runtime.setAllConfig({ ...pulumi.runtime.allConfig(), "azure-native:location": "eastus", "slmx:region": "x" });
    expect(loadEnvironment().environment.region).toBe("eastus");
  });

  it("knows a secret setting as one, and never holds its value", () => {
    configure({ ...whole, hfToken: "hf_secret" }, ["hfToken"]);
    const { environment } = loadEnvironment();
    expect(environment.hfToken).toEqual({ secure: "" });
    expect(JSON.stringify(environment)).not.toContain("hf_secret");
    configure({ ...whole, hfToken: { env: "HF_TOKEN" } });
    expect(loadEnvironment().environment.hfToken).toEqual({ env: "HF_TOKEN" });
  });

  it("has no secret where the engine names none", () => {
    configure(whole);
    vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", undefined);
    expect(loadEnvironment().environment.hfToken).toBeUndefined();
  });

  it("refuses a token in clear, and every other mistake, before anything is registered", () => {
    expect(refused({ hfToken: "hf_clear", typo: 1 })).toBe(
      'stacks/Pulumi.test.yaml is invalid:\n✖ Unrecognized key: "typo"; it may have target, region, kubernetes, azure, docker, pools, allowedLicences, clients, weightsFrom, hfEndpoint, monitoring, gateway, scaling, consumers, models, images, lock, hfToken, policies, catalog\n' +
        "✖ must not be in clear: pulumi config set --secret hfToken, or name a variable: { env: HF_TOKEN }\n  → at hfToken",
    );
  });

  it("refuses what has no plan, each fault on a line", () => {
    const models = { chat: { ...tiny, contextTokens: 10 ** 9 }, other: { ...tiny, model: "qwen3-0.7b" } };
    const lines = refused({ models }).split("\n");
    expect(lines[0]).toBe("stacks/Pulumi.test.yaml has no plan:");
    expect(lines.slice(1).map((line) => line.split(": ")[0])).toEqual(["✖ models.chat.contextTokens", "✖ models.other.model"]);
  });

  it("refuses an update without images and locks, which a preview only warns of", async () => {
    const bare = { images: files.images, lock: files.empty, models: { chat: tiny } };
    const lock =
      'models.chat.weights.ollama: must be in the model lock, with revision and sha256 of each file, got "library:qwen3:0.6b"; run make lock and commit what it writes';
    expect(refused(bare)).toBe(`stacks/Pulumi.test.yaml has no plan:\n✖ ${lock}`);
    const warned = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    vi.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(true);
    configure(bare);
    expect(loadEnvironment().plan.models.map(({ name }) => name)).toEqual(["chat"]);
    expect(warned.mock.calls).toEqual([[`before an update: ${lock}`]]);
    configure({ ...bare, images: files.empty });
    expect(messageOf(loadEnvironment)).toBe(
      `stacks/Pulumi.test.yaml has no plan:\n✖ images: must be in ${files.empty}, got "python"; add it to ${files.empty}, as name@sha256:<64 hex>`,
    );
  });
});

describe("images of servers", () => {
  const known = (image: pulumi.Input<string> | undefined) => (pulumi.Output.isInstance(image) ? "unknown" : image);

  it("are those of the images file", () => {
    const environment = parsed(whole);
    configure(whole);
    expect(serverImages(environment, loadEnvironment().plan)).toEqual(digests);
  });

  it("are not known yet where a preview goes on without their digest", async () => {
    configure(whole);
    const images = serverImages(parsed({ ...whole, images: files.empty }), loadEnvironment().plan);
    expect(Object.entries(images).map(([name, image]) => [name, known(image)])).toEqual([["ollama", "unknown"]]);
    expect(await (images["ollama"] as unknown as { isKnown: Promise<boolean> }).isKnown).toBe(false);
  });
});

describe("the secrets of an environment", () => {
  beforeEach(() => vi.stubEnv("TOKEN", "hf_x").stubEnv("PASSWORD", "pw"));
  const values = async (raw: object) => {
    const secrets = Object.entries(secretValues(parsed(raw))) as [string, pulumi.Output<string>][];
    return Promise.all(secrets.map(async ([name, value]) => [name, await settled(value), await pulumi.isSecret(value)]));
  };
  const standalone = (adminPassword: object) => ({
    mode: "standalone",
    receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
    routes: { critical: "oncall", warning: "oncall" },
    grafana: { adminPassword },
  });

  it("are none where none is named", async () => {
    expect(await values({})).toEqual([]);
    expect(await values({ monitoring: { mode: "operator" } })).toEqual([]);
    expect(await values({ monitoring: { ...standalone({ env: "PASSWORD" }), grafana: undefined } })).toEqual([]);
  });

  it("are the token that is encrypted in the stack's settings", async () => {
    configure({ hfToken: "hf_encrypted" }, ["hfToken"]);
    expect(await values({ hfToken: { secure: "" } })).toEqual([["hugging-face", "hf_encrypted", true]]);
  });

  it("are the token and Grafana's password, each from its variable", async () => {
    expect(await values({ hfToken: { env: "TOKEN" }, monitoring: standalone({ env: "PASSWORD" }) })).toEqual([
      ["hugging-face", "hf_x", true],
      ["grafana-admin", "pw", true],
    ]);
  });

  it("are none of the stack's where a Secret that is there holds the password", async () => {
    expect(await values({ monitoring: standalone({ secret: "grafana", key: "password" }) })).toEqual([]);
  });

  it.each([
    [{ hfToken: { env: "TOKEN" } }, "hfToken: the variable TOKEN is not set or empty; export it before the update"],
    [
      { monitoring: standalone({ env: "TOKEN" }) },
      "monitoring.grafana.adminPassword: the variable TOKEN is not set or empty; export it before the update",
    ],
  ])("are refused where the variable of %j is empty or not set", (raw, message) => {
    for (const value of ["", undefined]) {
      vi.stubEnv("TOKEN", value);
      expect(() => secretValues(parsed(raw))).toThrow(new pulumi.RunError(message));
    }
  });
});
