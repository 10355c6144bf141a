import { expect, it } from "vitest";

import { plainSecrets } from "../../../policies/plain-secrets";
import { changed, configMap, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(plainSecrets, [changed(deployment, "chat", { ...change })]);
const hidden = (why: string, fix: string) => `must not hold a secret, and looks like one by its ${why}, got "(hidden)"; ${fix}`;
const mount = "mount a Secret as a file, or use secretKeyRef";
const file = "mount a Secret as a file, and name the file";
const hf = `hf_${"a".repeat(34)}`;

it.each([
  [{}],
  [{ [`${server}.env`]: [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "hf", key: "token" } } }] }],
  [
    {
      [`${server}.env`]: [
        { name: "HF_TOKEN_PATH", value: "/var/run/secrets/token" },
        { name: "MAX_TOKENS", value: "4096" },
      ],
    },
  ],
  [{ [`${server}.args`]: ["--api-key-file", "/keys/api", "--max-num-batched-tokens", "2048", "--tokenizer", "mistral"] }],
])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it.each([
  [{ [`${server}.env.0`]: { name: "VLLM_API_KEY", value: "open sesame" } }, `env[VLLM_API_KEY]: ${hidden("name", mount)}`],
  [{ [`${server}.env.0`]: { name: "GREETING", value: hf } }, `env[GREETING]: ${hidden("value", mount)}`],
  [{ [`${server}.args`]: ["--api-key", "abc"] }, `args[--api-key]: ${hidden("name", file)}`],
  [{ [`${server}.args`]: ["--api-key=abc"] }, `args[--api-key]: ${hidden("name", file)}`],
  [{ [`${server}.args`]: ["login", hf] }, `args[1]: ${hidden("value", file)}`],
])("refuses %o, and does not repeat it", (change, rest) =>
  expect(judged(change)).toEqual([`chat: spec.template.spec.containers[vllm].${rest}`]),
);

it("looks into init containers, ConfigMaps and the stack's settings", () => {
  expect(judged({ [`${pod}.initContainers.0.env.0`]: { name: "PASSWORD", value: "x" } })).toHaveLength(1);
  expect(judge(plainSecrets, [changed(configMap, "settings", { "data.client-secret": "x" })])).toEqual([
    `settings: data[client-secret]: ${hidden("name", "keep it in a Secret")}`,
  ]);
  const stack = { type: "pulumi:pulumi:Stack", name: "slm-dev", props: {}, opts: {} };
  expect(judge(plainSecrets, [stack], { settings: { "slm:hfToken": "abc", "slm:models.chat.model": "qwen3-8b" } })).toEqual([
    `slm-dev: slm:hfToken: ${hidden("name", "write it with: pulumi config set --secret")}`,
  ]);
});
