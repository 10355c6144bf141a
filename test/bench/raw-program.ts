import type { Step } from "../../tools/lib/events";
import { nameOf } from "../../tools/lib/events";

/** The Kubernetes objects among the steps of a preview. */
export const kubernetesObjects = (steps: readonly Step[]): Step[] => steps.filter(({ type }) => type.startsWith("kubernetes:"));

/** A program with the same objects, written out one by one: no component, no plan, one namespace that all wait for. */
export function rawProgram(steps: readonly Step[]): string {
  const objects = kubernetesObjects(steps);
  const namespaces = objects.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
  const first = namespaces.map((step) => variable(step)).join(", ");
  return [
    'import * as k8s from "@pulumi/kubernetes";',
    ...steps.filter(({ type }) => type === "pulumi:providers:kubernetes").map((step) => provider(step)),
    ...namespaces.map((step) => `const ${variable(step)} = ${made(step, "{ provider }")};`),
    ...objects.filter((step) => !namespaces.includes(step)).map((step) => `${made(step, `{ provider, dependsOn: [${first}] }`)};`),
    "",
  ].join("\n");
}

const variable = ({ urn }: Step): string => nameOf(urn).replaceAll(/[^a-z0-9]/g, "_");

const provider = (step: Step): string => {
  const { version: _, ...inputs } = step.new?.inputs ?? {};
  return `const provider = new k8s.Provider("cluster", ${JSON.stringify(inputs)} as never);`;
};

/** `kubernetes:apps/v1:Deployment` → `new k8s.apps.v1.Deployment(…)`. */
function made({ type, urn, new: state }: Step, options: string): string {
  const [, module = "", kind] = type.split(":");
  const [group = "", version] = module.split("/");
  const path = group.split(".")[0];
  return `new k8s.${path}.${version}.${kind}(${JSON.stringify(nameOf(urn))}, ${JSON.stringify(state?.inputs ?? {}, null, 2)} as never, ${options})`;
}
