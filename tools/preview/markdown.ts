import type { PreviewReport } from "./report";
import { headline, type Section, sections } from "./sections";

/** Lines of one section of a pull request's comment; the whole stays below 60. */
const shownLines = { loud: 5, plain: 3, folded: 30, rows: 7 } as const;
/** Characters of one line: a longer one is cut, and the text or JSON has it in full. */
const lineLength = 600;

/** A report as a comment of a pull request: at most 60 lines, details folded, what was cut is counted. */
export function previewMarkdown(report: PreviewReport): string {
  const { passed, destructive, interruptions } = report;
  const mark = passed ? (destructive.length + interruptions.length > 0 ? "⚠️" : "✅") : "❌";
  return `${[`## ${mark} Preview of ${escaped(headline(report))}`, ...sections(report).flatMap(block)].join("\n")}\n`;
}

function block({ title, loud = false, folded = false, rows = [], lines }: Section): string[] {
  const most = loud ? shownLines.loud : folded ? shownLines.folded : shownLines.plain;
  const texts = cut(lines, most);
  if (folded) return ["", `<details><summary>${escaped(title)}</summary>${texts.map((text) => `<br>${text}`).join("")}</details>`];
  const bullets = texts.map((text) => `- ${text}`);
  const heading = `**${loud ? "⚠️ " : ""}${escaped(title)}**`;
  return ["", heading, ...(rows.length > 0 ? ["", ...table(rows), ""] : []), ...bullets];
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(" | ")} |`;
  const hidden = rows.length - shownLines.rows;
  return [
    line(head),
    `|${head.map(() => " --- |").join("")}`,
    ...rows.slice(0, hidden > 0 ? shownLines.rows - 1 : rows.length).map(line),
    ...(hidden > 0 ? [line([`and ${hidden + 1} more`, ...head.slice(1).map(() => "")])] : []),
  ];
}

function cut(lines: readonly string[], most: number): string[] {
  const shown = lines.length > most ? lines.slice(0, most - 1) : lines;
  const texts = shown.map(escaped).map((text) => (text.length > lineLength ? `${text.slice(0, lineLength)} …` : text));
  return lines.length > most ? [...texts, `and ${lines.length - shown.length} more`] : texts;
}

/** Text that Markdown neither reads as a table nor as HTML. */
const escaped = (text: string): string =>
  text
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;");
