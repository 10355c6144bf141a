import { describe, expect, it, vi } from "vitest";

import { instrument, type Mutant, textAt, withMutant } from "../../../tools/mutate/mutants";

vi.setConfig({ testTimeout: 60_000 }); // the first test loads Babel

const content = `export const limit = (count: number): boolean => {
  // Stryker disable next-line EqualityOperator: no count is 3
  return count > 3;
};
`;

const reported = ({ line, column, mutator, original, replacement }: Mutant) => [`${line}:${column}`, mutator, original, replacement];

describe("the mutants of a file", () => {
  it("say where they are, what is there, and what takes its place", async () => {
    const { mutants } = await instrument(new Map([["limit.ts", content]]));
    expect(new Set(mutants.map(({ file }) => file))).toEqual(new Set(["limit.ts"]));
    expect(mutants.filter(({ accepted }) => accepted === undefined).map(reported)).toEqual([
      ["1:50", "BlockStatement", content.slice(49, content.indexOf("};") + 1), "{}"],
      ["3:10", "ConditionalExpression", "count > 3", "true"],
      ["3:10", "ConditionalExpression", "count > 3", "false"],
    ]);
  });

  it("are accepted where a comment gives the reason", async () => {
    const { mutants } = await instrument(new Map([["limit.ts", content]]));
    expect(mutants.filter(({ accepted }) => accepted !== undefined).map(({ replacement, accepted }) => [replacement, accepted])).toEqual([
      ["count >= 3", "no count is 3"],
      ["count <= 3", "no count is 3"],
    ]);
  });

  it("lie each behind a switch in the file's code, which names it", async () => {
    const { sources, mutants } = await instrument(new Map([["limit.ts", content]]));
    expect([...sources.keys()]).toEqual(["limit.ts"]);
    for (const { id } of mutants.filter(({ accepted }) => accepted === undefined)) expect(sources.get("limit.ts")).toContain(`("${id}")`);
  });

  it("take the place of their own text and no other", async () => {
    const { mutants } = await instrument(new Map([["limit.ts", content]]));
    const mutant = mutants.find(({ replacement }) => replacement === "true")!;
    expect(withMutant(content, mutant)).toBe(content.replace("count > 3", "true"));
    const block = mutants.find(({ mutator }) => mutator === "BlockStatement")!;
    expect(withMutant(content, block)).toBe("export const limit = (count: number): boolean => {};\n");
  });
});

it.each([
  [{ line: 0, column: 0 }, { line: 0, column: 2 }, "ab"],
  [{ line: 0, column: 1 }, { line: 0, column: 2 }, "b"],
  [{ line: 0, column: 2 }, { line: 2, column: 1 }, "c\nde\nf"],
])("the text from %j to %j is %j", (start, end, text) => {
  expect(textAt("abc\nde\nfg\n", { start, end })).toBe(text);
});
