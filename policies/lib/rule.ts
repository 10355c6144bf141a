import type {
  PolicyConfigSchema,
  PolicyResource,
  PolicyResourceOptions,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  Severity,
  StackValidationPolicy,
} from "@pulumi/policy";
import { z } from "zod";

import { type Fault, faultMessage } from "../../lib/planner/fault";
import { type FactName, type PolicyFacts, policyFacts, type RuleName, ruleExemptions } from "../../lib/policy-facts";
import { canonicalType } from "./type-token";

/** A resource as rules see it: its inputs before it is made, for a stack rule what the engine knows of it then. */
export interface Resource {
  /** Its token, without the version of an API. */
  readonly type: string;
  /** Its Pulumi name. */
  readonly name: string;
  readonly urn: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts: PolicyResourceOptions;
}

/** A fault of one resource of a stack. */
export interface Violation {
  readonly resource: Resource;
  readonly fault: Fault;
}

interface About {
  /** Also the name of the rule's file, test and page. */
  readonly name: RuleName;
  /** One sentence: what must hold. */
  readonly description: string;
  readonly severity: Severity;
  /** Facts of the environment that the rule takes. */
  readonly facts?: readonly FactName[];
}

/** A policy, and the facts of the environment that its configuration holds. */
export type Rule = (ResourceValidationPolicy | StackValidationPolicy) & { readonly name: RuleName; readonly facts: readonly FactName[] };

/** A rule about one resource at a time: evaluated before the resource is made. */
export function resourceRule(
  about: About & {
    check(resource: Resource, facts: PolicyFacts): readonly Fault[];
    /** Remediates the resource's inputs; undefined: nothing to remediate. */
    remediate?(resource: Resource, facts: PolicyFacts): Record<string, unknown> | undefined;
  },
): Rule {
  const { check, remediate, ...rest } = about;
  const { read, ...policy } = common(rest);
  const evaluate = <T>(args: ResourceValidationArgs, by: (resource: Resource, facts: PolicyFacts) => T): T | undefined => {
    const { facts, exempt } = read(args);
    return Object.hasOwn(exempt, args.name) ? undefined : known(() => by(withCanonicalType(args), facts));
  };
  return {
    ...policy,
    ...(remediate ? { enforcementLevel: "remediate" as const, remediateResource: (args) => evaluate(args, remediate) } : {}),
    validateResource(args, report) {
      for (const fault of evaluate(args, check) ?? []) report(message(about.name, args, fault));
    },
  };
}

/** A rule about how resources stand to each other: evaluated when all are known, so in the preview that comes before an update. */
export function stackRule(about: About & { check(resources: readonly PolicyResource[], facts: PolicyFacts): readonly Violation[] }): Rule {
  const { check, ...rest } = about;
  const { read, ...policy } = common(rest);
  return {
    ...policy,
    validateStack(args, report) {
      const { facts, exempt } = read(args);
      for (const { resource, fault } of check(args.resources.map(withCanonicalType), facts)) {
        if (!Object.hasOwn(exempt, resource.name)) report(message(about.name, resource, fault), resource.urn);
      }
    },
  };
}

const withCanonicalType = <T extends { readonly type: string }>(resource: T): T => ({ ...resource, type: canonicalType(resource.type) });

function common({ facts = [], ...about }: About) {
  const parsed = once((config: { exempt?: unknown }) => ({
    facts: policyFacts.parse(config),
    exempt: ruleExemptions.parse(config.exempt),
  }));
  return {
    ...about,
    facts,
    configSchema: schemaOf(facts),
    read: ({ getConfig }: Pick<ResourceValidationArgs, "getConfig">) => parsed(getConfig<{ exempt?: unknown }>()),
  };
}

/** The host hands over the same settings, in a new object, for each resource: what is made of them is made once. */
function once<T extends object, R>(make: (config: T) => R): (config: T) => R {
  let last: { readonly entries: readonly [string, unknown][]; readonly made: R } | undefined;
  return (config) => {
    const entries = Object.entries(config);
    const same =
      last?.entries.length === entries.length && entries.every(([key, value], at) => isSameEntry(last!.entries[at]!, key, value));
    if (!same) last = { entries, made: make(config) };
    return last!.made;
  };
}

const isSameEntry = ([key, value]: readonly [string, unknown], otherKey: string, other: unknown): boolean =>
  key === otherKey && value === other;

function schemaOf(facts: readonly FactName[]): PolicyConfigSchema {
  const mask = Object.fromEntries(facts.map((fact) => [fact, true])) as { [K in FactName]?: true };
  const { properties } = z.toJSONSchema(policyFacts.pick(mask).extend({ exempt: ruleExemptions }), { io: "input", target: "draft-7" });
  return { properties: properties as PolicyConfigSchema["properties"] };
}

/** `chat-server: spec.replicas: must be …, got 7; lower it (rule image-digest: docs/policies/image-digest.md)`. */
const message = (rule: string, { name }: Resource, fault: Fault): string =>
  `${name}: ${faultMessage(fault)} (rule ${rule}: docs/policies/${rule}.md)`;

/**
 * Faults of each item. An item that depends on a value which is known only after deployment is left out: reading such a value throws
 * in a preview, and the update that follows evaluates it.
 */
export const each = <T, R>(items: Iterable<T>, of: (item: T) => readonly R[]): R[] =>
  [...items].flatMap((item) => known(() => of(item)) ?? []);

/** What `read` reads; undefined when it is known only after deployment. */
export function known<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && error.constructor.name === "UnknownValueError") return undefined; // the SDK does not export the class
    throw error;
  }
}
