import { expect, it } from "vitest";

import { coveringTests } from "../../../tools/mutate/covering";

const slow = {
  file: "slow.test.ts",
  coverage: { static: { "1": 2 }, perTest: { s1: { "1": 3, "2": 1 } } },
  tests: [
    { id: "s1", name: "one", milliseconds: 50 },
    { id: "s2", name: "two", milliseconds: 70 },
  ],
};
const quick = {
  file: "quick.test.ts",
  coverage: { static: {}, perTest: { q1: { "1": 5 }, failing: { "3": 9 } } },
  tests: [
    { id: "q1", name: "first", milliseconds: 10 },
    { id: "q2", name: "second", milliseconds: 10 },
  ],
};

it("a mutant is covered by the tests that reach it, and by every test of a file that reaches it outside of them; quickest file first", () => {
  expect(coveringTests("1", [slow, quick])).toEqual([
    { file: "quick.test.ts", tests: [{ id: "q1", name: "first" }], milliseconds: 10, hits: 5 },
    {
      file: "slow.test.ts",
      tests: [
        { id: "s1", name: "one" },
        { id: "s2", name: "two" },
      ],
      milliseconds: 120,
      hits: 5,
    },
  ]);
  expect(coveringTests("2", [slow, quick])).toEqual([
    { file: "slow.test.ts", tests: [{ id: "s1", name: "one" }], milliseconds: 50, hits: 1 },
  ]);
});

it("a mutant that only a test reaches that does not count is covered by none", () => {
  expect(coveringTests("3", [slow, quick])).toEqual([]);
});
