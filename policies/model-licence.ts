import { catalog, findModel } from "../lib/catalog/catalog";
import { resourceRule } from "./lib/rule";
import { containersOf, modelServerOf, type Workload, workloadOf } from "./lib/workload";

/** A licence is a promise of whoever serves the model. */
export const modelLicence = resourceRule({
  name: "model-licence",
  description: "Models are served under a licence that the environment allows.",
  severity: "high",
  facts: ["licences", "models"],
  check(resource, { licences, models }) {
    const workload = workloadOf(resource);
    const server = workload && modelServerOf(workload);
    if (!licences || !workload || !server) return [];
    const planned = models[server.model];
    const model = planned?.model ?? namedModel(workload) ?? server.model;
    const value = planned?.licence ?? licenceOf(model);
    if (value !== undefined && licences.includes(value)) return [];
    const bound =
      value === undefined ? `the licence of ${model} must be known` : `the licence of ${model} must be ${licences.join(" or ")}`;
    return [{ path: "model", value, bound, fix: "choose another model, or allow its licence in the environment" }];
  },
});

/** The model that the pods' arguments name: `--model x`, `serve x`, or the variable SOURCE of the container that brings it. */
function namedModel(workload: Workload): string | undefined {
  const containers = containersOf(workload).map(({ container }) => container);
  const words = containers.flatMap(({ command = [], args = [] }) => [...command, ...args]).join(" ");
  const source = containers.flatMap(({ env = [] }) => env).find(({ name }) => name === "SOURCE")?.value;
  return /--model[ =](\S+)/.exec(words)?.[1] ?? /\bserve (?!-)(\S+)/.exec(words)?.[1] ?? source;
}

/** By the catalog's name, the Hugging Face id or the tag of Ollama's library. */
function licenceOf(name: string): string | undefined {
  const byTag = catalog.find(({ sources: { ollama } }) => ollama?.tag === name || ollama?.pinnedTags.includes(name));
  return (byTag ?? findModel(name)?.model)?.licence ?? undefined;
}
