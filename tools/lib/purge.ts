import execa from "execa";

import { azureNames } from "../../lib/azure/names";
import { standIn } from "../azure-stand-in/locate";
import type { EnvironmentFile } from "./environment";

/**
 * Frees the name of the vault that went with its environment, where nothing protects a deleted vault from that; elsewhere it stays taken
 * until the days of its soft deletion are over. Returns what to tell.
 */
export async function purgeVault({ name, environment: { azure, region } }: EnvironmentFile): Promise<string[]> {
  if (!azure || standIn()) return [];
  const { vault } = azureNames({ prefix: azure.prefix, environment: name, region });
  const taken = `the name of the vault ${vault} stays taken for ${azure.vault.softDeleteDays} days; azure.vault.recover: true takes it back`;
  if (azure.vault.purgeProtection) return [taken];
  const args = ["keyvault", "purge", "--name", vault, "--location", region];
  if ((await execa("which", ["az"], { reject: false })).failed) return [taken, `az ${args.join(" ")}: az is not on PATH`];
  const { failed, stderr } = await execa("az", args, { reject: false });
  return failed ? [taken, `az ${args.join(" ")}: ${stderr.trim()}`] : [`the deleted vault ${vault} is purged: its name is free`];
}
