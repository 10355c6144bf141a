import { parseDocument } from "yaml";

import { dnsLabel } from "../../lib/limits";
import { environmentNames, fileOf, parseEnvironmentFile, readEnvironment } from "../lib/environment";
import { UserError } from "../lib/fault";
import { schemaLine } from "../settings/json-schema";
import { templates } from "./templates";

/** What a new environment is made from. */
export interface Wanted {
  readonly name: string;
  /** An environment that there is, or a template. */
  readonly from: string;
  /** Context of the kubeconfig, for a cluster that is there. Empty: the one of `from`, or the current one. */
  readonly context: string;
}

/** What `from` may be. */
export const sources = (): string[] => [...Object.keys(templates), ...environmentNames()];

/** The text of a new environment's file, checked as `make up` would; all mistakes of what was asked are reported at once. */
export function newEnvironment(wanted: Wanted): string {
  const mistakes = [...nameMistakes(wanted.name), ...sourceMistakes(wanted.from)];
  if (mistakes.length > 0) throw new UserError(mistakes.join("\n"), "make new-env NAME=team-a FROM=kubernetes");
  return environmentText(wanted);
}

/** What is wrong with the name of what an environment is to be made from. */
export const sourceMistakes = (from: string): string[] =>
  sources().includes(from) ? [] : [`FROM: must be one of ${sources().join(", ")}, got "${from}"`];

/** The same for a name that may be taken: who asks has looked. */
export function environmentText({ name, from, context }: Wanted): string {
  const text = Object.hasOwn(templates, from) ? fromTemplate(name, from, context) : fromEnvironment(name, from, context);
  parseEnvironmentFile(name, text);
  return text;
}

function nameMistakes(name: string): string[] {
  const { success, error } = dnsLabel.safeParse(name);
  if (!success) return [`NAME: ${error.issues[0]!.message}, got "${name}"`];
  return environmentNames().includes(name) ? [`NAME="${name}": ${fileOf(name)} is there already`] : [];
}

function fromTemplate(name: string, from: string, context: string): string {
  const { about, text } = templates[from]!;
  const placed = text
    .replace("NAMESPACE", namespaceOf(name))
    .replace("DOOR", besides(name, "door"))
    .replace("HOST", `${name}.models.internal`);
  const chosen = context ? placed.replace("CONTEXT", JSON.stringify(context)) : placed.replace(/^ *context: CONTEXT\n/m, "");
  return chosen.replace("\n", `\n# ${name}: ${about}.\n`);
}

/** A copy, with a namespace of its own where the cluster is one that others use too. */
function fromEnvironment(name: string, from: string, context: string): string {
  const { text, environment } = readEnvironment(from);
  const lines = text.split("\n").filter((line) => line !== schemaLine);
  const copy = [schemaLine, `# ${name}: as ${from}, until you change it.`, ...lines].join("\n");
  if (environment.azure || environment.target === "docker") return copy; // names, networks and a cluster follow from the environment's name
  const document = parseDocument(copy);
  document.setIn(["config", "slm:kubernetes", "namespace"], namespaceOf(name));
  if (environment.monitoring) document.setIn(["config", "slm:monitoring", "namespace"], besides(name, "monitoring"));
  if (environment.gateway) {
    document.setIn(["config", "slm:gateway", "namespace"], besides(name, "door"));
    document.setIn(["config", "slm:gateway", "host"], `${name}.${environment.gateway.host}`);
  }
  if (context) document.setIn(["config", "slm:kubernetes", "context"], context);
  return document.toString({ lineWidth: 0 });
}

/** A namespace that no other environment has by default. */
const namespaceOf = (name: string): string => `slm-${name}`.slice(0, 53).replace(/-+$/, "");

/** One beside it. */
const besides = (name: string, part: "door" | "monitoring"): string => `${namespaceOf(name).slice(0, 42)}-${part}`;
