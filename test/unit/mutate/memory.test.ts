import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { Memory } from "../../../tools/mutate/memory";

const mutant = { id: "1", file: "lib/a.ts", line: 1, column: 1, mutator: "StringLiteral", original: '"x"', replacement: '""' };
const covering = [{ file: "a.test.ts", tests: [{ id: "t", name: "one" }], milliseconds: 1, hits: 1 }];
const baselines = [{ file: "a.test.ts", coverage: { static: {}, perTest: {} }, tests: [] }];
const files = { "lib/a.ts": "a", "lib/b.ts": "b", "lib/other.ts": "c", "a.test.ts": "t" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "memory-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function opened(contents: Record<string, string> = files, rest = "rest"): Memory {
  const memory = Memory.open(path.join(folder, "deep", "outcomes.json"), rest, (file) => contents[file]!);
  memory.know({ importedBy: () => ["a.test.ts", "lib/a.ts", "lib/b.ts"] }, baselines);
  return memory;
}

beforeEach(() => {
  const memory = opened();
  expect(memory.recall(mutant, covering)).toBeUndefined();
  memory.keep(mutant, covering, "survived");
  memory.save();
});

it("an outcome is recalled when nothing changed that its tests import", () => {
  expect(opened().recall(mutant, covering)).toBe("survived");
  expect(opened({ ...files, "lib/other.ts": "changed" }).recall(mutant, covering)).toBe("survived");
});

it.each(["a.test.ts", "lib/a.ts", "lib/b.ts"])("an outcome is forgotten when %s changed", (file) => {
  expect(opened({ ...files, [file]: "changed" }).recall(mutant, covering)).toBeUndefined();
});

it("an outcome is forgotten when what tests read, the change, its place or its tests are others", () => {
  expect(opened(files, "changed").recall(mutant, covering)).toBeUndefined();
  expect(opened().recall({ ...mutant, replacement: '"y"' }, covering)).toBeUndefined();
  expect(opened().recall({ ...mutant, line: 2 }, covering)).toBeUndefined();
  expect(opened().recall({ ...mutant, column: 2 }, covering)).toBeUndefined();
  expect(opened().recall(mutant, [{ ...covering[0]!, tests: [{ id: "u", name: "two" }] }])).toBeUndefined();
});

it("a mutant's number in a run does not matter", () => {
  expect(opened().recall({ ...mutant, id: "7" }, covering)).toBe("survived");
});
