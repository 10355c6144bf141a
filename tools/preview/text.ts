import { aligned } from "../plan-text";
import type { PreviewReport } from "./report";
import { headline, type Section, sections } from "./sections";

/** A report as a terminal shows it: what is loud in capitals, everything in full. */
export function previewText(report: PreviewReport): string {
  return `${[headline(report), ...sections(report).flatMap(block)].join("\n")}\n`;
}

function block({ title, loud = false, rows = [], lines }: Section): string[] {
  const mark = loud ? "!" : "-";
  const texts = lines.map((line) => `  ${mark} ${line.replaceAll("\n", "\n    ")}`);
  return ["", loud ? title.toUpperCase() : title, ...aligned(rows).map((line) => `  ${line}`), ...texts];
}
