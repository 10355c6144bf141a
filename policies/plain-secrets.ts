import type { Fault } from "../lib/planner/fault";
import { looksSecret } from "../lib/secrets";
import { each, resourceRule, type Seen } from "./lib/rule";
import { containersOf, type Placed, workloadOf } from "./lib/workload";

/** What is written in clear is read by whoever reads the preview, the state, the cluster or the process list. */
export const plainSecrets = resourceRule({
  name: "plain-secrets",
  description: "Secrets are neither settings in clear, nor variables, arguments or ConfigMaps.",
  severity: "critical",
  facts: ["settings"],
  check(resource, { settings }) {
    if (resource.type === "pulumi:pulumi:Stack") return settingFaults(settings);
    if (resource.type === "kubernetes:core/v1:ConfigMap") return configMapFaults(resource);
    const workload = workloadOf(resource);
    return workload ? each(containersOf(workload), (placed) => [...variableFaults(placed), ...argumentFaults(placed)]) : [];
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

function configMapFaults({ props }: Seen): Fault[] {
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

/** `--api-key x` and `--api-key=x`; a word is a secret by itself too. */
function argumentFaults({ container: { command = [], args = [] }, path }: Placed): Fault[] {
  const words = [...command, ...args];
  return words.flatMap((word, index) => {
    const [, flag, given] = /^--([\w.-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const value = flag === undefined ? word : (given ?? (words[index + 1]?.startsWith("-") === false ? words[index + 1]! : ""));
    const why = looksSecret(flag ?? "", value);
    return why && !(flag === undefined && words[index - 1]?.startsWith("--"))
      ? [fault(`${path}.args[${flag === undefined ? index : `--${flag}`}]`, why, "mount a Secret as a file, and name the file")]
      : [];
  });
}
