import { describe, expect, it } from "vitest";

import type { Measured } from "../../../tools/mutate/measure";
import type { Outcome } from "../../../tools/mutate/mutants";
import { scoreOf, scoreText, survivorText } from "../../../tools/mutate/report";

const mutant = { id: "1", file: "lib/units.ts", line: 3, column: 7, mutator: "EqualityOperator", original: "a > b", replacement: "a >= b" };
const tests = ["one", "two", "three"].map((name) => ({ id: name, name }));
const covered = (file: string, count: number) => ({ file, tests: tests.slice(0, count), milliseconds: 1, hits: 1 });
const measured = (population: number, ...outcomes: Outcome[]): Measured => ({
  population,
  accepted: 2,
  results: outcomes.map((outcome) => ({ mutant, outcome, covering: [] })),
});

describe("a survivor", () => {
  it("is reported with its place, its change, and the tests that reached it", () => {
    expect(survivorText({ mutant, outcome: "survived", covering: [covered("a.test.ts", 2), covered("b.test.ts", 3)] })).toBe(
      `  lib/units.ts:3:7 EqualityOperator
    - a > b
    + a >= b
    reached by a.test.ts: "one", "two"
    reached by b.test.ts: "one", "two", and 1 more`,
    );
  });

  it("is reported so where no test reaches it", () => {
    expect(survivorText({ mutant, outcome: "unreached", covering: [] })).toMatch(/\n {4}reached by no test$/);
  });

  it("names three test files and counts the rest, and shows four lines of a long text", () => {
    const files = ["a", "b", "c", "d", "e"].map((name) => covered(name, 1));
    const text = survivorText({ mutant: { ...mutant, original: "1\n2\n3\n4\n5\n6" }, outcome: "survived", covering: files });
    expect(text.split("\n").slice(1)).toEqual([
      ...["1", "2", "3", "4", "… 2 more lines"].map((line) => `    - ${line}`),
      "    + a >= b",
      ...["a", "b", "c"].map((name) => `    reached by ${name}: "one"`),
      "    and by 2 more test files",
    ]);
  });
});

describe("a score", () => {
  it("counts endless loops as noticed, what no test reaches as missed, and what does not compile not at all", () => {
    expect(scoreOf(measured(5, "noticed", "endless", "survived", "unreached", "refused"))).toBe(0.5);
    expect(scoreOf(measured(1, "refused"))).toBe(1);
  });

  it("of all mutants is reported without doubt", () => {
    expect(scoreText("lib", measured(4, "noticed", "survived", "unreached", "refused"))).toBe(
      "lib: 33.3 % noticed of 4 mutants: 1 noticed, 1 survived, 1 reached by no test; not counted: 1 refused by the type checker, 2 accepted",
    );
  });

  it("of a sample is reported with its bounds", () => {
    expect(scoreText("lib", measured(1000, "noticed", "endless", "noticed", "survived"))).toBe(
      "lib: 75.0 % (95 %: 30.1 to 95.4 %) noticed of a sample of 4 from 1000 mutants: 3 noticed, 1 survived, 0 reached by no test; not counted: 0 refused by the type checker, 2 accepted",
    );
  });
});
