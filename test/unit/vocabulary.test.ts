import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, it, vi } from "vitest";

import { repoRoot } from "../../tools/lib/paths";

vi.setConfig({ testTimeout: 60_000 });

/** A word that a reader would have to translate: where it may not be, the field's word for it, and why. */
interface Banned {
  readonly word: string;
  readonly instead: string;
  readonly reason: string;
  /** `types`: only as the whole name of a type; else as a word of any name that is declared. */
  readonly in?: "types";
}

const banned: readonly Banned[] = [
  { word: "told", instead: "reported, notified, logged", reason: "says neither who hears it nor how" },
  { word: "tells", instead: "reports", reason: "says neither who hears it nor how" },
  { word: "untold", instead: "unknown", reason: "the value is unknown, not kept back" },
  { word: "brought", instead: "downloaded", reason: "weights are downloaded or supplied" },
  { word: "bring", instead: "create, start, download", reason: "says not which of them happens" },
  { word: "watched", instead: "monitored", reason: "a watch is the Kubernetes API's; monitoring is what is meant" },
  { word: "judged", instead: "evaluated, violations", reason: "a policy is evaluated, and its results are violations" },
  { word: "mend", instead: "remediate, fix", reason: "policy engines say remediation" },
  { word: "mended", instead: "remediated, fixed", reason: "policy engines say remediation" },
  { word: "barred", instead: "ineligible", reason: "schedulers call a node that a pod may not use ineligible" },
  { word: "patience", instead: "timeout", reason: "clients have timeouts" },
  { word: "stays", instead: "longRunning, persistent", reason: "a container is long-running, a resource persistent" },
  { word: "muted", instead: "mute", reason: "the label's values are mute and notify" },
  { word: "furnish", instead: "provision", reason: "clusters are provisioned" },
  { word: "keeper", instead: "watchdog", reason: "a process that restarts another is a watchdog" },
  { word: "checkout", instead: "repoRoot", reason: "what is meant is the repository's root folder" },
  { word: "verdict", instead: "result", reason: "a check has a result" },
  { word: "seen", instead: "Resource", reason: "a policy sees a resource", in: "types" },
  { word: "found", instead: "Violation, CatalogMatch", reason: "says not what was found", in: "types" },
  { word: "need", instead: "MemoryRequirement, PoolRequirement", reason: "says not of what", in: "types" },
  { word: "more", instead: "additionalModels, overrides", reason: "says not what there is more of", in: "types" },
];

const tracked = (...patterns: string[]): [string, string][] =>
  execFileSync("git", ["ls-files", ...patterns], { cwd: repoRoot, encoding: "utf8" })
    .trim()
    .split("\n")
    .filter((file) => existsSync(path.join(repoRoot, file)))
    .map((file) => [file, readFileSync(path.join(repoRoot, file), "utf8")]);

/** Only a file that has one of the words, or a type with the name, is worth a parse. */
const mention = new RegExp(banned.map(({ word, in: where }) => (where === "types" ? `(interface|type) ${word}\\b` : word)).join("|"), "i");

/** Names that a file declares, each with whether it is a type's. */
function declared(text: string): { name: string; isType: boolean }[] {
  const names: { name: string; isType: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    const { name } = node as { name?: ts.Node };
    const isUse = ts.isPropertyAccessExpression(node) || ts.isImportSpecifier(node) || ts.isExportSpecifier(node);
    if (name && ts.isIdentifier(name) && !isUse) {
      names.push({ name: name.text, isType: ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest));
  return names;
}

/** `driverVerdict` is "driver", "verdict". */
const wordsOf = (name: string): string[] => name.split(/(?=[A-Z])|_|-/).map((word) => word.toLowerCase());

const complaints = (file: string, text: string): string[] =>
  declared(text).flatMap(({ name, isType }) =>
    banned
      .filter(({ word, in: where }) => (where === "types" ? isType && name.toLowerCase() === word : wordsOf(name).includes(word)))
      .map(({ instead, reason }) => `${file}: ${name}: ${reason}; use ${instead}`),
  );

it("is the field's: no name that is declared has a word of our own", () => {
  const files = tracked("*.ts", "*.mts").filter(([, text]) => mention.test(text));
  expect(files.flatMap(([file, text]) => complaints(file, text))).toEqual([]);
});

it("names a word that comes back, with the right one", () => {
  const text = "interface Need {} interface Needs {} const driverVerdict = 1; function retold(judgedBy: number) {} ({ patience: 1 });";
  expect(complaints("a.ts", text)).toEqual([
    "a.ts: Need: says not of what; use MemoryRequirement, PoolRequirement",
    "a.ts: driverVerdict: a check has a result; use result",
    "a.ts: judgedBy: a policy is evaluated, and its results are violations; use evaluated, violations",
    "a.ts: patience: clients have timeouts; use timeout",
  ]);
});

it.each([
  ["told", /\b(is|are|was|were|be) told\b/],
  ["GPUs that are cut", /GPUs? (that |which )?(are |is )?cut\b|\bcut GPUs?\b/],
  ["open paths", /\bopen paths?\b/],
  ["judged", /\bjudged?\b/],
])("is the field's in the documentation too: not %s", (_word, pattern) => {
  const lines = tracked("docs/*.md", "README.md", "examples/*.md").flatMap(([, text]) => text.split("\n"));
  expect(lines.filter((line) => pattern.test(line))).toEqual([]);
});
