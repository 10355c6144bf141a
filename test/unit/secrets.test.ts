import fc from "fast-check";
import { expect, it } from "vitest";

import { looksSecret } from "../../lib/secrets";

const repeated = (prefix: string, count: number, letter = "a"): string => prefix + letter.repeat(count);

it.each<[name: string, of: string]>([
  ["HF_TOKEN", "a token in capitals"],
  ["tokens", "several"],
  ["slm:hfToken", "a setting"],
  ["client-secret", "a flag"],
  ["secrets", "several secrets"],
  ["password", "a password"],
  ["DB_PASSWD", "its short form"],
  ["passphrase", "a passphrase"],
  ["credential", "a credential"],
  ["gitCredentials", "credentials"],
  ["apiKey", "a key in one word"],
  ["api-keys", "keys by a dash"],
  ["apikey", "a key without a separator"],
  ["ACCESSKEY", "a key of access without one"],
  ["privatekeys", "private keys without one"],
  ["connectionstring", "a connection string without one"],
  ["AWS_ACCESS_KEY", "a key of access"],
  ["private.key", "a private key"],
  ["AZURE_STORAGE_CONNECTION_STRING", "a connection string"],
])("%s is the name of a secret: %s", (name) => expect(looksSecret(name, "abc")).toBe("name"));

/** What issuers give their keys, with the fewest characters that are taken for one. */
it.each<[of: string, shortest: string, tooShort: string]>([
  ["Hugging Face", repeated("hf_", 20), repeated("hf_", 19)],
  ["OpenAI", repeated("sk-", 20), repeated("sk-", 19)],
  ...["p", "o", "u", "s", "r"].map((kind): [string, string, string] => ["GitHub", repeated(`gh${kind}_`, 30), repeated(`gh${kind}_`, 29)]),
  ["Amazon", repeated("AKIA", 16, "A"), repeated("AKIA", 15, "A")],
  ["Google", repeated("AIza", 30), repeated("AIza", 29)],
  ...["a", "b", "p", "r", "s"].map((kind): [string, string, string] => ["Slack", repeated(`xox${kind}-`, 10), repeated(`xox${kind}-`, 9)]),
  ["a JSON Web Token", `${repeated("eyJ", 10)}.eyJ`, `${repeated("eyJ", 9)}.eyJ`],
  ["a private key", "text\n-----BEGIN PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----"],
  ["a private key of a kind", "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PUBLIC KEY-----"],
  ["Azure Storage", repeated("DefaultEndpointsProtocol=https;AccountKey=", 20), repeated("AccountKey=", 19)],
])("a value of %s is a secret by itself: %s, but not %s", (_of, shortest, tooShort) => {
  expect(looksSecret("note", shortest)).toBe("value");
  expect(looksSecret("HF_TOKEN", shortest)).toBe("value");
  expect(looksSecret("note", tooShort)).toBeUndefined();
});

it.each(["hf_", "sk-", "ghp_", "AKIA", "AIza", "xoxb-", "eyJ"])("%s counts at the beginning only", (prefix) =>
  expect(looksSecret("note", `x${repeated(prefix, 40, "A")}.eyJ`)).toBeUndefined(),
);

it.each([
  ["MAX_TOKENS", "4096"],
  ["MAX_TOKENS", "-1.5"],
  ["HF_TOKEN_PATH", "/var/run/secrets/token"],
  ["HF_TOKEN", ""],
  ["HF_TOKEN", "$(OTHER)"],
  ["HF_TOKEN", `\${OTHER}`],
  ["HF_TOKEN", "/mnt/token"],
  ["HF_TOKEN", "./token"],
  ["HF_TOKEN", "../token"],
  ["HF_TOKEN", "True"],
  ["HF_TOKEN", "false"],
  ["HF_TOKEN", "NONE"],
  ["HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"],
  ["model", "Qwen/Qwen3-8B"],
  ["tokenizer", "mistral"],
  ["monkey", "abc"],
  ["keyboard", "sk"],
])("%s: %s is none", (name, value) => expect(looksSecret(name, value)).toBeUndefined());

it.each(["1a", "1.", "a1", "trueish", "untrue", "x/y", "$OTHER", "a$(OTHER)"])("the value %s clears no name", (value) =>
  expect(looksSecret("HF_TOKEN", value)).toBe("name"),
);

it("finds a key of Hugging Face wherever it stands, and no number anywhere", () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[A-Za-z0-9]{34}$/), fc.integer(), (name, key, number) => {
      expect(looksSecret(name, `hf_${key}`)).toBe("value");
      expect(looksSecret(name, String(number))).toBeUndefined();
    }),
  );
});
