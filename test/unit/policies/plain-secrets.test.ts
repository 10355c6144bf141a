import { expect, it } from "vitest";

import { plainSecrets } from "../../../policies/plain-secrets";
import { evaluate } from "../../support/policies/evaluate";
import { changed, configMap, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

const violations = (change: object) => evaluate(plainSecrets, [changed(deployment, "chat", { ...change })]);
const hidden = (why: string, fix: string) => `must not hold a secret, and looks like one by its ${why}, got "(hidden)"; ${fix}`;
const mount = "mount a Secret as a file, or use secretKeyRef";
const file = "mount a Secret as a file, and name the file";
const hf = `hf_${"a".repeat(34)}`;
const args = (...texts: string[]) => ({ [`${server}.args`]: texts });

it("accepts what the components make", () => expect(evaluate(plainSecrets, [deployment, ollama, configMap, service])).toEqual([]));

it.each([
  [{ [`${server}.env`]: [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hf", key: "token" } } }] }],
  [
    {
      [`${server}.env`]: [
        { name: "HF_TOKEN_PATH", value: "/var/run/secrets/token" },
        { name: "MAX_TOKENS", value: "4096" },
      ],
    },
  ],
  [args("--api-key-file", "/keys/api", "--max-num-batched-tokens", "2048", "--tokenizer", "mistral")],
  [args("--api-key", "--model", "abc")],
  [args("--api-key")],
  [args("--api-key=", "abc")],
  [args("serve", "--password", "$(PASSWORD)")],
])("accepts %o", (change) => expect(violations(change)).toEqual([]));

it.each([
  [{ [`${server}.env.0`]: { name: "VLLM_API_KEY", value: "open sesame" } }, [`env[VLLM_API_KEY]: ${hidden("name", mount)}`]],
  [{ [`${server}.env.0`]: { name: "GREETING", value: hf } }, [`env[GREETING]: ${hidden("value", mount)}`]],
  [args("--api-key", "abc"), [`args[--api-key]: ${hidden("name", file)}`]],
  [args("--api-key=abc"), [`args[--api-key]: ${hidden("name", file)}`]],
  [args("--api-key=a\nb"), [`args[--api-key]: ${hidden("name", file)}`]],
  [args("--header", hf), [`args[--header]: ${hidden("value", file)}`]],
  [args("login", hf), [`args[1]: ${hidden("value", file)}`]],
  [{ ...args("b"), [`${server}.command`]: ["login", hf] }, [`args[1]: ${hidden("value", file)}`]],
  // The value of a flag is no word of its own, and what follows a flag with a value is.
  [args("--header=x", hf), [`args[1]: ${hidden("value", file)}`]],
  [args("--verbose", "-q", hf), [`args[2]: ${hidden("value", file)}`]],
  [args("--api-key", "a", "--password", "b"), [`args[--api-key]: ${hidden("name", file)}`, `args[--password]: ${hidden("name", file)}`]],
])("refuses %o, and does not repeat it", (change, rest) =>
  expect(violations(change)).toEqual(rest.map((part) => `chat: spec.template.spec.containers[vllm].${part}`)),
);

it.each(["initContainers", "ephemeralContainers"])("looks into %s", (list) => {
  const container = { name: "other", env: [{ name: "PASSWORD", value: "x" }], args: ["--token", "y"] };
  expect(violations({ [`${pod}.${list}`]: [container] }).map((message) => message.split(": must")[0])).toEqual(
    expect.arrayContaining([
      `chat: spec.template.spec.${list}[other].env[PASSWORD]`,
      `chat: spec.template.spec.${list}[other].args[--token]`,
    ]),
  );
});

it("looks into ConfigMaps", () => {
  expect(evaluate(plainSecrets, [changed(configMap, "settings", { "data.client-secret": "x", "data.key": hf })])).toEqual([
    `settings: data[client-secret]: ${hidden("name", "keep it in a Secret")}`,
    `settings: data[key]: ${hidden("value", "keep it in a Secret")}`,
  ]);
  expect(evaluate(plainSecrets, [changed(configMap, "settings", { data: undefined })])).toEqual([]);
});

it("looks into the stack's settings, once", () => {
  const stack = { type: "pulumi:pulumi:Stack", name: "slm-dev", props: {}, opts: {} };
  const settings = { "slm:hfToken": "abc", "slm:models.chat.model": "qwen3-8b", "slm:note": hf };
  const fix = "write it with: pulumi config set --secret";
  expect(evaluate(plainSecrets, [stack, deployment], { settings })).toEqual([
    `slm-dev: slm:hfToken: ${hidden("name", fix)}`,
    `slm-dev: slm:note: ${hidden("value", fix)}`,
  ]);
});
