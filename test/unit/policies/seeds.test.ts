import { describe, expect, it } from "vitest";

import { ruleNames } from "../../../lib/policy-facts";
import { rules } from "../../../policies/rules";
import { evaluate } from "../../support/policies/evaluate";
import type { Fixture } from "../../support/policies/fixtures";
import { clean, seededFacts, seeds } from "../../support/policies/seeds";

const seeded = Object.values(seeds).flat();
const facts = Object.fromEntries(Object.entries(seededFacts).filter(([fact]) => fact !== "settings"));

/** Names of the resources that a rule finds at fault. */
const found = (rule: string, resources: readonly Fixture[]): string[] =>
  [...new Set(evaluate(rules.find(({ name }) => name === rule)!, resources, facts).map((message) => message.split(":")[0]!))].toSorted();

describe.each(ruleNames)("%s", (rule) => {
  it("holds in a clean program", () => expect(found(rule, clean)).toEqual([]));

  it("finds each resource that breaks it, and no other", () => {
    const own = seeds[rule].map(({ name }) => name).filter((name) => name.startsWith(rule));
    expect(own.length).toBeGreaterThan(1);
    expect(found(rule, [...clean, ...seeded])).toEqual(own.toSorted());
  });
});

it("every seed is named after the rule that it breaks, but for what another seed needs", () => {
  const others = ruleNames.flatMap((rule) => seeds[rule].filter(({ name }) => !name.startsWith(`${rule}-`)).map(({ name }) => name));
  expect(others).toEqual(["surgepool"]);
});
