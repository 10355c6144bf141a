import type { PolicyResource, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";

import type { Rule } from "../../../policies/lib/rule";
import type { Fixture } from "./fixtures";

const urnOf = ({ type, name }: Fixture): string => `urn:pulumi:seeded::slm::${type}::${name}`;

/** What the engine says of a resource's options. */
const optsOf = ({ opts }: Fixture) => ({
  protect: opts.protect ?? false,
  ignoreChanges: [...(opts.ignoreChanges ?? [])],
  aliases: [],
  additionalSecretOutputs: [],
  customTimeouts: { createSeconds: opts.createSeconds ?? 0, updateSeconds: 0, deleteSeconds: 0 },
});

function resourcesOf(fixtures: readonly Fixture[]): PolicyResource[] {
  const all: PolicyResource[] = [];
  const made = new Map<string, PolicyResource>();
  /** A component may have the name of a resource in it. */
  const components = new Map<string, PolicyResource>();
  for (const fixture of fixtures) {
    const { type, name, props, opts } = fixture;
    const dependencies = (opts.dependsOn ?? []).flatMap((before) => made.get(before) ?? []);
    const parent = components.get(opts.parent ?? "");
    const shown = { type, name, props, urn: urnOf(fixture), opts: optsOf(fixture), dependencies, propertyDependencies: {} };
    const resource = { ...shown, ...(parent ? { parent } : {}), isType: () => false, asType: () => undefined };
    all.push(resource);
    (type.startsWith("slm:") ? components : made).set(name, resource);
  }
  return all;
}

/** Every message of a rule about these resources, without the ending that names the rule and its page, which all messages share. */
export function evaluate(rule: Rule, fixtures: readonly Fixture[], config: object = {}): string[] {
  const found: string[] = [];
  const report = (message: string): void => void found.push(message);
  const getConfig = <T>(): T => config as T;
  if ("validateStack" in rule)
    void rule.validateStack({ resources: resourcesOf(fixtures), getConfig } as unknown as StackValidationArgs, report);
  else {
    for (const fixture of fixtures) {
      const args = { ...fixture, urn: urnOf(fixture), opts: optsOf(fixture), getConfig };
      for (const validate of [rule.validateResource ?? []].flat()) void validate(args as unknown as ResourceValidationArgs, report);
    }
  }
  const ending = ` (rule ${rule.name}: docs/policies/${rule.name}.md)`;
  return found.map((message) => {
    if (!message.endsWith(ending)) throw new Error(`"${message}" does not end with "${ending}"`);
    return message.slice(0, -ending.length);
  });
}

/** The inputs that a rule's remediation gives a resource; undefined when it leaves them. */
export function remediate(rule: Rule, fixture: Fixture, config: object = {}): unknown {
  if (!("remediateResource" in rule) || !rule.remediateResource) throw new Error(`${rule.name} remediates nothing`);
  const args = { ...structuredClone(fixture), urn: urnOf(fixture), opts: optsOf(fixture), getConfig: () => config };
  return rule.remediateResource(args as unknown as ResourceValidationArgs);
}
