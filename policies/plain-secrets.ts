import type { Fault } from "../lib/planner/fault";
import { looksSecret } from "../lib/secrets";
import { each, type Resource, resourceRule } from "./lib/rule";
import { containersOf, type Placed, workloadsOf } from "./lib/workload";

/** What is written in clear is read by whoever reads the preview, the state, the cluster or the process list. */
export const plainSecrets = resourceRule({
  name: "plain-secrets",
  description: "Secrets are neither settings in clear, nor variables, arguments or ConfigMaps.",
  severity: "critical",
  facts: ["settings"],
  check(resource, { settings }) {
    if (resource.type === "pulumi:pulumi:Stack") return settingFaults(settings);
    if (resource.type === "kubernetes:core/v1:ConfigMap") return configMapFaults(resource);
    return each(workloadsOf(resource).flatMap(containersOf), (placed) => [...variableFaults(placed), ...argumentFaults(placed)]);
  },
});

/** The value itself is never repeated. */
const fault = (path: string, why: "name" | "value", fix: string): Fault => ({
  path,
  value: "(hidden)",
  bound: `must not hold a secret, and looks like one by its ${why}`,
  fix,
});

const settingFaults = (settings: Readonly<Record<string, string>>): Fault[] =>
  Object.entries(settings).flatMap(([path, value]) => {
    const why = looksSecret(path, value);
    return why ? [fault(path, why, "write it with: pulumi config set --secret")] : [];
  });

function configMapFaults({ props }: Resource): Fault[] {
  const data = (props["data"] ?? {}) as Record<string, string>;
  return each(Object.keys(data), (key) => {
    const why = looksSecret(key, data[key]!);
    return why ? [fault(`data[${key}]`, why, "keep it in a Secret")] : [];
  });
}

const variableFaults = ({ container: { env = [] }, path }: Placed): Fault[] =>
  each(env, ({ name, value = "" }) => {
    const why = looksSecret(name, value);
    return why ? [fault(`${path}.env[${name}]`, why, "mount a Secret as a file, or use secretKeyRef")] : [];
  });

function argumentFaults({ container: { command = [], args = [] }, path }: Placed): Fault[] {
  return argumentsIn([...command, ...args]).flatMap(({ label, name, value }) => {
    const why = looksSecret(name, value);
    return why ? [fault(`${path}.args[${label}]`, why, "mount a Secret as a file, and name the file")] : [];
  });
}

/** One argument of a command line: a flag with its value, or a word by itself, which has no name. */
interface Argument {
  /** The flag, or the word's position. */
  readonly label: string;
  readonly name: string;
  readonly value: string;
}

/** Reads `--api-key x`, `--api-key=x`, and words that stand alone. */
function argumentsIn(words: readonly string[]): Argument[] {
  const found: Argument[] = [];
  for (let index = 0; index < words.length; index++) {
    const [, name, given] = /^--([\w.-]+)(?:=(.*))?$/s.exec(words[index]!) ?? [];
    const next = words[index + 1];
    if (name === undefined) found.push({ label: String(index), name: "", value: words[index]! });
    else if (given !== undefined || next === undefined || next.startsWith("-"))
      found.push({ label: `--${name}`, name, value: given ?? "" });
    else {
      found.push({ label: `--${name}`, name, value: next });
      index++;
    }
  }
  return found;
}
