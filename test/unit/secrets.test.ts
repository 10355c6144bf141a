import fc from "fast-check";
import { expect, it } from "vitest";

import { looksSecret } from "../../lib/secrets";

it.each([
  ["HF_TOKEN", "abc", "name"],
  ["slm:hfToken", "abc", "name"],
  ["client-secret", "abc", "name"],
  ["AZURE_STORAGE_CONNECTION_STRING", "x", "name"],
  ["apiKey", "abc", "name"],
  ["note", `ghp_${"a".repeat(36)}`, "value"],
  ["note", "-----BEGIN RSA PRIVATE KEY-----\nabc", "value"],
  ["note", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcdefghijklmnopqrstuvwxyz==", "value"],
] as const)("%s: %s is a secret by its %s", (name, value, why) => expect(looksSecret(name, value)).toBe(why));

it.each([
  ["MAX_TOKENS", "4096"],
  ["HF_TOKEN_PATH", "/var/run/secrets/token"],
  ["HF_TOKEN", ""],
  ["HF_TOKEN", "$(OTHER)"],
  ["HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"],
  ["model", "Qwen/Qwen3-8B"],
  ["tokenizer", "mistral"],
  ["keyboard", "sk"],
])("%s: %s is none", (name, value) => expect(looksSecret(name, value)).toBeUndefined());

it("finds a key of Hugging Face wherever it stands, and no number anywhere", () => {
  fc.assert(
    fc.property(fc.string(), fc.stringMatching(/^[A-Za-z0-9]{34}$/), fc.integer(), (name, key, number) => {
      expect(looksSecret(name, `hf_${key}`)).toBe("value");
      expect(looksSecret(name, String(number))).toBeUndefined();
    }),
  );
});
