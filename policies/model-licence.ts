import { catalog, findModel } from "../lib/catalog/catalog";
import { own } from "../lib/own";
import type { Fault } from "../lib/planner/fault";
import { podRule } from "./lib/pod-rule";
import { containersOf, modelServerOf, type Workload } from "./lib/workload";

/** A licence is a promise of whoever serves the model. */
export const modelLicence = podRule({
  name: "model-licence",
  description: "Models are served under a licence that the environment allows.",
  severity: "high",
  facts: ["licences", "models"],
  check(workload, { licences, models }) {
    const server = modelServerOf(workload);
    if (!licences || !server) return [];
    const planned = own(models, server.model);
    const served = planned ? [planned, ...planned.others] : [{ model: namedModel(workload) }];
    return served.flatMap(({ model = server.model, licence = licenceOf(model) }: Served) => licenceFaults(model, licence, licences));
  },
});

interface Served {
  readonly model?: string | undefined;
  readonly licence?: string | undefined;
}

function licenceFaults(model: string, value: string | undefined, licences: readonly string[]): Fault[] {
  if (value !== undefined && licences.includes(value)) return [];
  const bound = value === undefined ? `the licence of ${model} must be known` : `the licence of ${model} must be ${licences.join(" or ")}`;
  return [{ path: "model", value, bound, fix: "choose another model, or allow its licence in the environment" }];
}

/** The model of a server that is in no plan: what `--model x` or `serve x` names. */
function namedModel(workload: Workload): string | undefined {
  const words = containersOf(workload).flatMap(({ container: { command = [], args = [] } }) => [...command, ...args]);
  const line = words.join(" ");
  return /--model[ =](\S+)/.exec(line)?.[1] ?? /\bserve ([\w/]\S*)/.exec(line)?.[1];
}

/** By the catalog's name, the Hugging Face id or the tag of Ollama's library. */
function licenceOf(name: string): string | undefined {
  const byTag = catalog.find(({ sources: { ollama } }) => ollama?.tag === name || ollama?.pinnedTags.includes(name));
  return (byTag ?? findModel(name)?.model)?.licence ?? undefined;
}
