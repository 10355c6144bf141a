import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";

import { purgeVault } from "../../../tools/lib/purge";
import { environmentFile, onAzure } from "../../support/environments";
import { Executables } from "../../support/executables";

const bin = new Executables();
beforeEach(() => {
  bin.reset();
  bin.remove("az");
  bin.add("pulumi-resource-azure-native"); // where the real plugin is, Azure is real
  vi.stubEnv("PATH", bin.folder);
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(() => bin.dispose());

const environment = (vault: object) => environmentFile("mine", onAzure({ vault }));
const free = { softDeleteDays: 7, purgeProtection: false };
const command = /^az keyvault purge --name (kv-\S+) --location \w+$/;

it("a deleted vault is purged where nothing protects it, so that its name is free the next morning", async () => {
  bin.add("az");
  const reported = await purgeVault(environment(free));
  const [, name] = command.exec(bin.commands()[0]!)!;
  expect(reported).toEqual([`the deleted vault ${name} is purged: its name is free`]);
});

it("a protected one is left alone, and its name stays taken", async () => {
  bin.add("az");
  expect(await purgeVault(environment({ softDeleteDays: 90 }))).toEqual([
    expect.stringMatching(/^the name of the vault kv-\S+ stays taken for 90 days; azure\.vault\.recover: true takes it back$/),
  ]);
  expect(bin.commands()).toEqual([]);
});

it("one that cannot be purged is reported, with the command and why", async () => {
  const taken = expect.stringMatching(/stays taken for 7 days/);
  expect(await purgeVault(environment(free))).toEqual([taken, expect.stringMatching(/^az keyvault purge .*: az is not on PATH$/)]);
  bin.add("az", "echo 'not signed in' >&2; exit 1");
  expect(await purgeVault(environment(free))).toEqual([taken, expect.stringMatching(/^az keyvault purge .*: not signed in$/)]);
});

it("there is none to purge elsewhere, nor on the stand-in", async () => {
  bin.add("az");
  expect(await purgeVault(environmentFile("mine", {}))).toEqual([]);
  bin.remove("pulumi-resource-azure-native");
  vi.stubEnv("HOME", bin.folder);
  vi.stubEnv("PULUMI_HOME", bin.folder);
  expect(await purgeVault(environment(free))).toEqual([]);
  expect(bin.commands()).toEqual([]);
});
