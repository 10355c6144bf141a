import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";

import type { Fleet } from "../fleet";
import { own } from "../queries";
import { dataSource, hasQueries, type PanelSpec, panel } from "./panel";

/** A dashboard of ours: rows of panels, and a variable for each label that they can be narrowed by. */
export interface DashboardSpec {
  /** Part of its address, with the environment behind it: it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Label → series that lists its values. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly rows: Readonly<Record<string, readonly PanelSpec[]>>;
}

const longestUid = 40;

/** Address of a dashboard: environments that share a Grafana have their own. Grafana takes 40 characters. */
export const uidOf = ({ environment }: Fleet, uid: string): string => `${uid}-${environment}`.slice(0, longestUid);

/** Address of another dashboard with one label of the clicked series, and the same time range. */
export const linkTo = (fleet: Fleet, uid: string, label: string): string =>
  `/d/${uidOf(fleet, uid)}?var-${label}=\${__field.labels.${label}}&\${__url_time_range}`;

const tag = "slm-stack";

/** The dashboard as Grafana's provisioning reads it; undefined when the fleet has a series for none of its panels. */
export function render({ uid, title, description, variables = {}, rows }: DashboardSpec, fleet: Fleet): sdk.Dashboard | undefined {
  const shown = Object.entries(rows)
    .map(([row, panels]) => [row, panels.filter(hasQueries)] as const)
    .filter(([, panels]) => panels.length > 0);
  if (shown.length === 0) return undefined;
  const builder = new sdk.DashboardBuilder(`${title} (${fleet.environment})`)
    .uid(uidOf(fleet, uid))
    .description(description)
    .tags([tag, fleet.environment])
    .readonly()
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .refresh("30s")
    .time({ from: "now-1h", to: "now" })
    .link(others(fleet))
    .annotation(rollouts(fleet))
    .withVariable(new sdk.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
  for (const [label, metric] of Object.entries(variables)) builder.withVariable(variable(label, metric));
  for (const [row, panels] of shown) {
    builder.withRow(new sdk.RowBuilder(row));
    for (const spec of panels) builder.withPanel(panel(spec));
  }
  return builder.build();
}

/** The other dashboards of the environment, with the same variables and time range. */
const others = ({ environment }: Fleet): sdk.DashboardLinkBuilder =>
  new sdk.DashboardLinkBuilder("Dashboards")
    .type(sdk.DashboardLinkType.Dashboards)
    .tags([tag, environment])
    .asDropdown(true)
    .includeVars(true)
    .keepTime(true);

/** While a model rolls out, what it is expected to cause is muted: every panel shows when. */
const rollouts = (fleet: Fleet): sdk.AnnotationQueryBuilder =>
  new sdk.AnnotationQueryBuilder()
    .name("Rollouts, which mute")
    .datasource(dataSource)
    .enable(true)
    .iconColor("blue")
    .expr(own(fleet, "ALERTS", 'alertname="ModelRollingOut"', 'alertstate="firing"'))
    .titleFormat("{{model}} rolls out");

const variable = (label: string, metric: string): sdk.QueryVariableBuilder =>
  new sdk.QueryVariableBuilder(label)
    .datasource(dataSource)
    .query({ query: `label_values(${metric}, ${label})`, refId: label })
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .sort(sdk.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    // Whatever has the label: a series without it is of nobody who can be chosen.
    .allValue(".+");
