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

it.each(["azurekeyvault://kv-state/keys/pulumi", "azurekeyvault://kv-state.vault.azure.net/secrets/x", "vault", 7, "awskms://"])(
  "refuses %s",
  (named) =>
    expect(messageOf(() => checkSecretsProvider(named, "stacks/Pulumi.x.yaml"))).toBe(
      `stacks/Pulumi.x.yaml: secretsprovider: must be a key service such as azurekeyvault://<vault>.vault.azure.net/keys/<key>, got ${JSON.stringify(named)}\n` +
        "  fix: name a vault and a key in it, or leave the line out: a passphrase then encrypts the state",
    ),
);
