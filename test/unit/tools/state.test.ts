import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { files } from "../../../lab/layout";
import { livesInLab, stateOf } from "../../../tools/lib/state";
import { environmentFile, onAzure } from "../../support/environments";
import { messageOf } from "../../support/errors";

const home = vi.hoisted(() => `${process.env["TMPDIR"] ?? "/tmp"}/slm-state-${process.pid}`);
vi.mock("../../../tools/lib/paths", async (original) => ({
  ...(await original<object>()),
  workDir: `${home}/scratch`,
  labHome: `${home}/lab`,
}));

const key = "azurekeyvault://kv-state.vault.azure.net/keys/pulumi";
const pulumiHome = path.join(home, "pulumi-home");
beforeEach(() => {
  mkdirSync(pulumiHome, { recursive: true });
  vi.stubEnv("PULUMI_HOME", pulumiHome).stubEnv("PATH", pulumiHome);
  for (const name of ["PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(pulumiHome, { recursive: true });
});
afterAll(() => rmSync(home, { recursive: true }));

const lab = { kubernetes: { kubeconfig: files.kubeconfig } };

describe("an environment lives in the lab", () => {
  it.each([
    [{ kubernetes: { kubeconfig: files.kubeconfig } }, true],
    [{ kubernetes: { kubeconfig: path.join(home, "scratch/other/../lab/kubeconfig") } }, true],
    [{ kubernetes: { kubeconfig: "cluster/kubeconfig" } }, false],
    [{ kubernetes: { context: "slm-lab" } }, false],
    [{}, false],
  ])("by its kubeconfig: %j is %s", (raw, expected) => expect(livesInLab(environmentFile("mine", raw))).toBe(expected));
});

describe("the state of an environment", () => {
  const local = path.join(home, "scratch/pulumi");

  it("in the lab goes with the lab, and is encrypted by the lab's passphrase, whatever the user has", () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://mine").stubEnv("PULUMI_CONFIG_PASSPHRASE", "mine");
    expect(stateOf(environmentFile("lab", lab, { secretsprovider: key }))).toEqual({
      folder: path.join(home, "lab/pulumi"),
      env: {
        PULUMI_BACKEND_URL: `file://${home}/lab/pulumi?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE_FILE: path.join(home, "lab/pulumi-passphrase"),
        PULUMI_CONFIG_PASSPHRASE: "",
      },
      secretsProvider: null,
    });
    expect(existsSync(path.join(home, "lab/pulumi"))).toBe(true);
  });

  it("is in the checkout where the user is logged in nowhere, with a passphrase of theirs", () => {
    expect(messageOf(() => stateOf(environmentFile("mine")))).toBe(
      "PULUMI_CONFIG_PASSPHRASE is not set: it encrypts the secrets in the stack's state\n" +
        "  fix: export PULUMI_CONFIG_PASSPHRASE, or log in to a backend: pulumi login",
    );
    for (const variable of ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
      vi.stubEnv(variable, "mine");
      const expected = { folder: local, env: { PULUMI_BACKEND_URL: `file://${local}?metadata=skip` }, secretsProvider: null };
      expect(stateOf(environmentFile("mine"))).toEqual(expected);
      expect(stateOf(environmentFile("mine", {}, { secretsprovider: "passphrase" }))).toEqual(expected);
      vi.stubEnv(variable, undefined);
    }
    expect(existsSync(local)).toBe(true);
  });

  it("is encrypted by a key service that its file names, which takes no passphrase", () => {
    expect(stateOf(environmentFile("mine", {}, { secretsprovider: key }))).toEqual({
      folder: local,
      env: { PULUMI_BACKEND_URL: `file://${local}?metadata=skip` },
      secretsProvider: key,
    });
  });

  it("is where the user is logged in, by a variable or by the CLI's credentials", () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://mine");
    expect(stateOf(environmentFile("mine"))).toEqual({ folder: null, env: {}, secretsProvider: null });
    vi.stubEnv("PULUMI_BACKEND_URL", undefined);
    writeFileSync(path.join(pulumiHome, "credentials.json"), JSON.stringify({ current: "https://api.example" }));
    expect(stateOf(environmentFile("mine", {}, { secretsprovider: key }))).toEqual({ folder: null, env: {}, secretsProvider: key });
  });

  it("is not where the user has logged out of", () => {
    writeFileSync(path.join(pulumiHome, "credentials.json"), JSON.stringify({ current: "" }));
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "mine");
    expect(stateOf(environmentFile("mine")).folder).toBe(local);
  });
});

describe("the state of what is previewed on the stand-in for Azure", () => {
  const folder = path.join(home, "scratch/pulumi-stand-in");
  const passphrase = path.join(folder, "passphrase");

  it("is apart from all other, with a passphrase that is made once and that nobody else reads", () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://mine");
    const reported = vi.spyOn(console, "error").mockReturnValue();
    const expected = {
      folder,
      env: {
        PULUMI_BACKEND_URL: `file://${folder}?metadata=skip`,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
        PULUMI_CONFIG_PASSPHRASE: "",
      },
      secretsProvider: null,
    };
    expect(stateOf(environmentFile("mine", onAzure()))).toEqual(expected);
    const made = readFileSync(passphrase, "utf8");
    expect(made).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(passphrase).mode & 0o777).toBe(0o600);
    expect(reported).not.toHaveBeenCalled();
    expect(stateOf(environmentFile("mine", onAzure(), { secretsprovider: key }))).toEqual(expected);
    expect(readFileSync(passphrase, "utf8")).toBe(made);
    expect(reported.mock.calls).toEqual([[`${key} is not asked: on the stand-in, state is kept apart, with a passphrase of its own`]]);
  });

  it("is the user's where the real plugin is installed", () => {
    writeFileSync(path.join(pulumiHome, "pulumi-resource-azure-native"), "");
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://mine");
    expect(stateOf(environmentFile("mine", onAzure(), { secretsprovider: key }))).toEqual({ folder: null, env: {}, secretsProvider: key });
  });
});
