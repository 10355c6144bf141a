import { aligned } from "../plan-text";
import { nameOf, type Report, shown, textOf, unknownOf } from "./report";

/** Figures with the models beside each other, what is not known and why, then answers beside each other. */
export function reportText({ rows, settings }: Report): string {
  const table = [
    ["", ...rows.map(nameOf)],
    ["engine, as planned", ...rows.map(({ engine, version }) => `${engine} ${version}`)],
    ["runs", ...rows.map(({ replicas, catalog, device }) => `${replicas} x ${catalog} (${device})`)],
    ...shown.flatMap(({ title, unit, digits, of }) => {
      const columns = rows.map(of);
      return columns[0]!.map(({ label }, index) => [
        `${title}${label ? `, ${label}` : ""} (${unit})`,
        ...columns.map((figures) => textOf(figures[index]!.figure, digits)),
      ]);
    }),
  ];
  const asked = `${settings.requests} requests of at most ${settings.tokens} tokens one at a time, then with ${settings.concurrency} at once`;
  return [...aligned(table), "", asked, ...unknownOf(rows), "", ...answers(rows)].join("\n");
}

const answers = (rows: Report["rows"]): string[] =>
  (rows[0]?.answers ?? []).flatMap(({ question }, index) => [
    `> ${question}`,
    ...rows.map((row) => `  ${nameOf(row)}: ${row.answers[index]!.text.replace(/\s+/g, " ").trim()}`),
    "",
  ]);
