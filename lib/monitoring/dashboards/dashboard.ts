import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";

import { dataSource, hasQueries, type PanelSpec, panel } from "./panel";

/** A dashboard of ours: rows of panels, and a variable for each label that they can be narrowed by. */
export interface DashboardSpec {
  /** Part of its address: it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Label → metric that lists its values. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly PanelSpec[]>>;
}

/** The dashboard as Grafana's provisioning reads it; undefined when the fleet has a series for none of its panels. */
export function render({ uid, title, description, variables = {}, rows }: DashboardSpec): sdk.Dashboard | undefined {
  const shown = Object.entries(rows)
    .map(([row, panels]) => [row, panels.filter(hasQueries)] as const)
    .filter(([, panels]) => panels.length > 0);
  if (shown.length === 0) return undefined;
  const builder = new sdk.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(["slm-stack"])
    .readonly()
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .withVariable(new sdk.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
  for (const [label, metric] of Object.entries(variables)) builder.withVariable(variable(label, metric));
  for (const [row, panels] of shown) {
    builder.withRow(new sdk.RowBuilder(row));
    for (const spec of panels) builder.withPanel(panel(spec));
  }
  return builder.build();
}

const variable = (label: string, metric: string): sdk.QueryVariableBuilder =>
  new sdk.QueryVariableBuilder(label)
    .datasource(dataSource)
    .query({ query: `label_values(${metric}, ${label})`, refId: label })
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .sort(sdk.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*");
