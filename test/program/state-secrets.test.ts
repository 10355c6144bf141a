import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { standIn } from "../../tools/azure-stand-in/locate";
import { type EnvironmentFile, readEnvironment } from "../../tools/lib/environment";
import { workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";

const name = "state-test";
const key = "azurekeyvault://kv-contoso-state.vault.azure.net/keys/pulumi";
const home = path.join(workDir, "state-test-home");
const environment = (): EnvironmentFile => ({ ...readEnvironment("prod"), name });

const forget = (): void => {
  for (const folder of ["pulumi", "pulumi-stand-in"])
    for (const file of [`Pulumi.${name}.yaml`, `.pulumi/stacks/slm/${name}.json`])
      rmSync(path.join(workDir, folder, file), { force: true });
};
beforeEach(() => {
  vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "for-a-test");
  forget(); // what a failed run of these tests left
});
afterEach(() => {
  vi.unstubAllEnvs();
  forget();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe.skipIf(standIn() === undefined)("prod's state (skipped where the real azure-native plugin is installed)", () => {
  it("is encrypted by a key in a vault", () => expect(parse(environment().text).secretsprovider).toBe(key));

  it("on the stand-in is kept apart, with a passphrase, and says so", async () => {
    const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const stack = await Stack.open(environment());
    expect(said).toHaveBeenCalledWith(`${key} is not asked: on the stand-in, state is kept apart, with a passphrase of its own`);
    said.mockRestore();
    const settings = path.join(workDir, `pulumi-stand-in/Pulumi.${name}.yaml`);
    expect(parse(readFileSync(settings, "utf8"))).toMatchObject({ encryptionsalt: expect.stringMatching(/^v1:/) });
    expect(parse(readFileSync(settings, "utf8"))).not.toHaveProperty("secretsprovider");
    expect(existsSync(path.join(workDir, `pulumi/Pulumi.${name}.yaml`))).toBe(false);
    // a file of attributes is not written whole: a run that is killed there leaves a state that no command reads
    expect(existsSync(path.join(workDir, `pulumi-stand-in/.pulumi/stacks/slm/${name}.json`))).toBe(true);
    expect(existsSync(path.join(workDir, `pulumi-stand-in/.pulumi/stacks/slm/${name}.json.attrs`))).toBe(false);
    // Nothing of the real stack is in this state: to call it destroyed would be a lie.
    await expect(stack.destroy()).rejects.toThrow("the azure-native plugin is not installed");
    await stack.pulumi(["stack", "rm", "--yes", "--preserve-config", name], { quiet: true });
  });

  it("with the real plugin asks the vault, and no passphrase", async () => {
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "");
    vi.stubEnv("PULUMI_HOME", home);
    mkdirSync(path.join(home, "plugins/resource-azure-native-v3.28.0"), { recursive: true });
    // There is no such vault, and no account: that the engine tried is what can be seen here. Each error begins with the command line,
    // which names the vault too, so only what the engine says after it counts.
    const error = await Stack.open(environment()).then(
      () => "",
      ({ message }: Error) => message,
    );
    const said = error.slice(error.indexOf("error: "));
    expect(said).toMatch(
      /could not create secrets manager for new stack: .*(kv-contoso-state\.vault\.azure\.net\/keys\/pulumi\/encrypt|[Cc]redential)/s,
    );
    expect(said).not.toContain("--secrets-provider");
    expect(said).not.toMatch(/passphrase/i);
  });
});
