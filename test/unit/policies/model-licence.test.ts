import { expect, it } from "vitest";

import { modelLicence } from "../../../policies/model-licence";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, server, service } from "../../support/policies/fixtures";

const violations = (args: readonly string[], config: object) =>
  evaluate(modelLicence, [changed(deployment, "chat", { [`${server}.args`]: args })], config);
const allowed = { licences: ["apache-2.0", "mit"] };
const fix = "choose another model, or allow its licence in the environment";
const must = (model: string, licence: string) => `chat: model: the licence of ${model} must be apache-2.0 or mit, got "${licence}"; ${fix}`;
const planned = (facts: object) => ({ ...allowed, models: { chat: { loadSeconds: 60, ...facts } } });

it.each([
  [["--model", "Qwen/Qwen3-8B"], allowed],
  [["serve", "Qwen/Qwen3-8B"], allowed],
  [["--model=/weights"], planned({ model: "qwen3-8b" })],
  [["--model=/weights"], planned({ model: "mine", licence: "mit" })],
  [["--model=/weights"], planned({ licence: "mit" })],
  [["--model=/weights"], planned({ model: "qwen3-8b", others: [{ model: "mine", licence: "mit" }, { model: "qwen3-0.6b" }] })],
  [["--model", "google/gemma-3-4b-it"], {}],
  [["--model", "google/gemma-3-4b-it"], { licences: ["gemma"] }],
])("accepts %o with %o", (args, config) => expect(violations(args, config)).toEqual([]));

it.each([
  [["--model", "google/gemma-3-4b-it"], allowed, must("google/gemma-3-4b-it", "gemma")],
  [["--model=meta-llama/Llama-3.1-8B-Instruct"], allowed, must("meta-llama/Llama-3.1-8B-Instruct", "llama3.1")],
  [["serve", "google/gemma-3-4b-it", "--port", "1"], allowed, must("google/gemma-3-4b-it", "gemma")],
  [["--model", "acme/secret-1b"], allowed, `chat: model: the licence of acme/secret-1b must be known, got nothing; ${fix}`],
  // The clients' name, where neither a plan nor an argument says more.
  [["--port", "1"], allowed, `chat: model: the licence of chat must be known, got nothing; ${fix}`],
  [["--model", "/weights"], planned({ model: "mine", licence: "qwen-research" }), must("mine", "qwen-research")],
  // What the environment says of a model goes before the catalog.
  [["--model", "/weights"], planned({ model: "qwen3-8b", licence: "qwen-research" }), must("qwen3-8b", "qwen-research")],
  [["--model", "Qwen/Qwen3-8B"], planned({ model: "gemma-3-4b-it" }), must("gemma-3-4b-it", "gemma")],
  [["--model", "/weights"], planned({ model: "qwen3-8b", others: [{ model: "gemma3:4b" }] }), must("gemma3:4b", "gemma")],
  [["--model", "/weights"], { licences: [], models: {} }, `chat: model: the licence of /weights must be known, got nothing; ${fix}`],
])("refuses %o with %o", (args, config, message) => expect(violations(args, config)).toEqual([message]));

it("reads no model out of the script by which Ollama's models are made", () => {
  expect(evaluate(modelLicence, [ollama], allowed)).toEqual([
    `draft-server: model: the licence of draft must be known, got nothing; ${fix}`,
  ]);
});

it("looks at model servers only", () => {
  const other = changed(deployment, "web", { "spec.template.metadata.labels": { "app.kubernetes.io/name": "grafana" } });
  expect(evaluate(modelLicence, [other, service], allowed)).toEqual([]);
});
