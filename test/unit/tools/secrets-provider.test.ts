import { expect, it } from "vitest";

import { checkSecretsProvider } from "../../../tools/lib/secrets-provider";
import { messageOf } from "../../support/errors";

it.each([
  undefined,
  "passphrase",
  "default",
  "azurekeyvault://kv-state.vault.azure.net/keys/pulumi",
  `azurekeyvault://kv-state.vault.usgovcloudapi.net/keys/pulumi/${"0a".repeat(16)}`,
  "awskms://alias/state?region=eu-west-1",
])("takes %s", (named) => expect(messageOf(() => checkSecretsProvider(named, "f"))).toBe(""));

const vault = "azurekeyvault://kv-state.vault.azure.net";
it.each([
  "azurekeyvault://kv-state/keys/pulumi",
  `${vault}/secrets/x`,
  `${vault}/keys/`,
  `${vault}/keys/${"k".repeat(128)}`,
  `${vault}/keys/pulumi/0a`,
  `${vault}/keys/pulumi/${"0a".repeat(17)}`,
  ` ${vault}/keys/pulumi`,
  "azurekeyvault://k.vault.azure.net/keys/pulumi",
  "azurekeyvault://1kv.vault.azure.net/keys/pulumi",
  "azurekeyvault://kv-.vault.azure.net/keys/pulumi",
  `azurekeyvault://${"k".repeat(25)}.vault.azure.net/keys/pulumi`,
  "vault",
  7,
  "awskms://",
  "my-awskms://alias/state",
])("refuses %s", (named) =>
  expect(messageOf(() => checkSecretsProvider(named, "stacks/Pulumi.x.yaml"))).toBe(
    `stacks/Pulumi.x.yaml: secretsprovider: must be a key service such as azurekeyvault://<vault>.vault.azure.net/keys/<key>, got ${JSON.stringify(named)}\n` +
      "  fix: name a vault and a key in it, or leave the line out: a passphrase then encrypts the state",
  ),
);
it.each([
  `${vault}/keys/k`,
  `${vault}/keys/${"k".repeat(127)}`,
  `azurekeyvault://${"k".repeat(24)}.vault.azure.net/keys/k`,
  "gcpkms://p",
  "hashivault://k",
])("takes %s, which is just in its bounds", (named) => expect(messageOf(() => checkSecretsProvider(named, "f"))).toBe(""));
