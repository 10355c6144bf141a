import { readFileSync } from "node:fs";
import path from "node:path";

import ts from "typescript";
import { expect, it } from "vitest";

import { repoRoot } from "../../tools/lib/paths";

const text = (file: string): string => readFileSync(path.join(repoRoot, file), "utf8");
const entries = ["index", "azure", "local"].map((name) => text(`components/${name}.ts`));
const exported = new Set(entries.flatMap((entry) => entry.match(/\b[A-Z]\w+/g) ?? []));
/** Files of components that the package exports something of. */
const files = [...new Set(entries.flatMap((entry) => [...entry.matchAll(/from "\.(\/.+)"/g)].map(([, file]) => `components${file}.ts`)))];

/** Properties without a docstring, of the interfaces that `isPublic` names. */
function undocumented(file: string, source: string, isPublic: (name: string) => boolean): string[] {
  const { statements } = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  return statements
    .filter(ts.isInterfaceDeclaration)
    .filter(({ name }) => isPublic(name.text))
    .flatMap(({ name, members }) =>
      members.filter((member) => ts.getJSDocCommentsAndTags(member).length === 0).map((member) => `${name.text}.${member.name?.getText()}`),
    );
}

it("every argument of a component that is exported says what it means", () => {
  expect(files.length).toBeGreaterThan(30);
  expect(files.flatMap((file) => undocumented(file, text(file), (name) => exported.has(name)))).toEqual([]);
});

it("names an argument that says nothing", () => {
  const source = "export interface A {\n  /** What it is. */\n  readonly b: string;\n  readonly c: number;\n}";
  expect(undocumented("a.ts", source, () => true)).toEqual(["A.c"]);
});
