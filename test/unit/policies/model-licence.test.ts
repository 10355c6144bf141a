import { expect, it } from "vitest";

import { modelLicence } from "../../../policies/model-licence";
import { changed, deployment, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (args: readonly string[], config: object) =>
  judge(modelLicence, [changed(deployment, "chat", { [`${server}.args`]: args })], config);
const allowed = { licences: ["apache-2.0", "mit"] };
const fix = "choose another model, or allow its licence in the environment";

it.each([
  [["--model", "Qwen/Qwen3-8B"], allowed],
  [["serve", "Qwen/Qwen3-8B"], allowed],
  [["--model=/weights"], { ...allowed, models: { chat: { loadSeconds: 60, model: "qwen3-8b" } } }],
  [["--model", "google/gemma-3-4b-it"], {}],
])("accepts %o with %o", (args, config) => expect(judged(args, config)).toEqual([]));

it.each([
  [
    ["--model", "google/gemma-3-4b-it"],
    allowed,
    `chat: model: the licence of google/gemma-3-4b-it must be apache-2.0 or mit, got "gemma"; ${fix}`,
  ],
  [
    ["--model=meta-llama/Llama-3.1-8B-Instruct"],
    allowed,
    `chat: model: the licence of meta-llama/Llama-3.1-8B-Instruct must be apache-2.0 or mit, got "llama3.1"; ${fix}`,
  ],
  [["--model", "acme/secret-1b"], allowed, `chat: model: the licence of acme/secret-1b must be known, got nothing; ${fix}`],
  [
    ["--model", "/weights"],
    { ...allowed, models: { chat: { loadSeconds: 60, model: "mine", licence: "qwen-research" } } },
    `chat: model: the licence of mine must be apache-2.0 or mit, got "qwen-research"; ${fix}`,
  ],
])("refuses %o with %o", (args, config, message) => expect(judged(args, config)).toEqual([message]));

it("knows the tags of Ollama's library", () => {
  const change = { [`${server}.args`]: [], [`${server}.env`]: [{ name: "SOURCE", value: "gemma3:4b" }] };
  expect(judge(modelLicence, [changed(deployment, "chat", change)], allowed)).toEqual([
    `chat: model: the licence of gemma3:4b must be apache-2.0 or mit, got "gemma"; ${fix}`,
  ]);
});
