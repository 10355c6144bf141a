import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";

/** What a reader sees of a panel: queries by the name of their series. */
export interface ShownPanel {
  readonly title: string;
  readonly kind: string;
  readonly unit: string;
  readonly description?: string;
  readonly queries: Readonly<Record<string, string>>;
}

interface Panel {
  title: string;
  type: string;
  description: string;
  fieldConfig: { defaults: { unit: string } };
  targets: { expr: string; legendFormat: string }[];
}

/** The panels of a dashboard with their queries, without its rows. */
export const panelsOf = (dashboard: Dashboard): { title: string; queries: string[] }[] =>
  Object.values(rowsOf(dashboard))
    .flat()
    .map(({ title, queries }) => ({ title, queries: Object.values(queries) }));

/** The panels of a dashboard by row. */
export function rowsOf({ panels = [] }: Dashboard): Record<string, ShownPanel[]> {
  const rows: Record<string, ShownPanel[]> = {};
  for (const panel of panels as unknown as Panel[]) {
    if (panel.type === "row") rows[panel.title] = [];
    else Object.values(rows).at(-1)!.push(shown(panel));
  }
  return rows;
}

const shown = ({ title, type, description, fieldConfig, targets }: Panel): ShownPanel => ({
  title,
  kind: type,
  unit: fieldConfig.defaults.unit,
  ...(description ? { description } : {}),
  queries: Object.fromEntries(targets.map(({ expr, legendFormat }) => [legendFormat, expr])),
});
