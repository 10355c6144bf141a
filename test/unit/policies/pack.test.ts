import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect, it } from "vitest";

import { ruleNames } from "../../../lib/policy-facts";
import { rules } from "../../../policies/rules";
import { repoRoot } from "../../../tools/lib/paths";

const names = rules.map(({ name }) => name);
const inFolder = (folder: string, ending: string): string[] =>
  readdirSync(path.join(repoRoot, folder)).flatMap((file) => (file.endsWith(ending) ? [file.slice(0, -ending.length)] : []));
const own = new Set(["index", "rules", "README", "pack", "fixtures", "seeds", "evasions"]);

it("holds every rule, each with a file, a test and a page of its name, and nothing else", () => {
  expect(names).toEqual([...ruleNames]);
  expect(inFolder("policies", ".ts").filter((name) => !own.has(name))).toEqual(names);
  expect(inFolder("test/unit/policies", ".test.ts").filter((name) => !own.has(name))).toEqual(names);
  expect(inFolder("docs/policies", ".md").filter((name) => !own.has(name))).toEqual(names);
});

it.each(rules.map((rule) => [rule.name, rule] as const))("%s: its page says what it says", (name, { description }) => {
  const page = readFileSync(path.join(repoRoot, `docs/policies/${name}.md`), "utf8");
  expect(page.startsWith(`# ${name}\n\n${description}\n`)).toBe(true);
  for (const part of ["Looks at", "Why", "What to do"]) expect(page).toContain(`\n**${part}**: `);
});

/** A table of Markdown, its columns aligned as the formatter aligns them. */
function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[], fill = " "): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!, fill)).join(" | ")} |`;
  const dashes = head.map(() => "");
  return [line(head), line(dashes, "-"), ...rows.map((row) => line(row))].join("\n");
}

/** `npx vitest run --project unit test/unit/policies/pack.test.ts -u` writes it anew. */
it("is listed in docs/policies/README.md", async () => {
  const rows = rules.map(({ name, description, severity, facts, ...rule }) => {
    const kind = "validateStack" in rule ? "the stack" : "each resource";
    return [`[${name}](${name}.md)`, description, severity ?? "", kind, facts.map((fact) => `\`${fact}\``).join(", ")];
  });
  const [prose] = readFileSync(path.join(repoRoot, "docs/policies/README.md"), "utf8").split(/^\| Rule/m);
  await expect(`${prose}${table(["Rule", "Holds", "Severity", "Judges", "Takes"], rows)}\n`).toMatchFileSnapshot(
    "../../../docs/policies/README.md",
  );
});

it("loads neither the SDK of Azure nor that of Kubernetes", () => {
  const loaded = (folder: string): string[] => readdirSync(path.join(repoRoot, folder)).map((file) => path.join(repoRoot, folder, file));
  for (const file of [...loaded("policies"), ...loaded("policies/lib")].filter((name) => name.endsWith(".ts") && existsSync(name))) {
    const imports = [...readFileSync(file, "utf8").matchAll(/^import (?!type).* from "([^"]+)";$/gm)].map(([, from]) => from);
    expect(
      imports.filter((from) => /^@pulumi\/(azure|kubernetes)/.test(from!)),
      file,
    ).toEqual([]);
  }
});
