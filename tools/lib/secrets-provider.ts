import { UserError } from "./fault";

const azureKey = /^azurekeyvault:\/\/[a-z][a-z0-9-]{1,22}[a-z0-9]\.vault\.[a-z.]+\/keys\/[A-Za-z0-9-]{1,127}(\/[0-9a-f]{32})?$/;

/** Refuses what Pulumi takes for no key service, or for another one than was meant (pulumi stack change-secrets-provider lists them). */
export function checkSecretsProvider(named: unknown, file: string): void {
  if (named === undefined || named === "default" || named === "passphrase") return;
  const text = String(named);
  if (/^(awskms|gcpkms|hashivault):\/\/./.test(text) || azureKey.test(text)) return;
  throw new UserError(
    `${file}: secretsprovider: must be a key service such as azurekeyvault://<vault>.vault.azure.net/keys/<key>, got ${JSON.stringify(named)}`,
    "name a vault and a key in it, or leave the line out: a passphrase then encrypts the state",
  );
}
