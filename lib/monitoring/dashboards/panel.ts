import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import type * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import * as units from "@grafana/grafana-foundation-sdk/units";

/** Units of ours, as Grafana names them. */
const unitNames = {
  seconds: units.Seconds,
  share: units.PercentUnit,
  percent: units.Percent,
  requestsPerSecond: units.RequestsPerSecond,
  perSecond: units.CountsPerSecond,
  count: units.Short,
  usd: units.Dollars,
  watts: units.Watt,
  celsius: units.Celsius,
  hertz: units.Hertz,
  days: units.Days,
} as const;

/** A query and how its series are called, as `{{model}}`. */
export type Query = readonly [expr: string | undefined, legend: string];

/** What a panel shows. Queries that the fleet has no series for are left out, and with the last of them the panel. */
export interface PanelSpec {
  readonly title: string;
  readonly unit: keyof typeof unitNames;
  readonly queries: readonly Query[];
  /** What it tells, in a sentence. */
  readonly description?: string;
  /** One number instead of lines. */
  readonly number?: true;
}

/** The variable that every panel takes its data source from: no dashboard names one. */
export const dataSource = { type: "prometheus", uid: "$datasource" };

const known = ({ queries }: PanelSpec) => queries.filter((query): query is readonly [string, string] => query[0] !== undefined);

/** Whether the fleet has a series for it. */
export const hasQueries = (spec: PanelSpec): boolean => known(spec).length > 0;

/** A panel as Grafana reads it. */
export function panel(spec: PanelSpec): cog.Builder<sdk.Panel> {
  const targets = known(spec).map(([expr, legend], index) =>
    new prometheus.DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + index))
      .datasource(dataSource),
  );
  const builder = spec.number
    ? new stat.PanelBuilder().reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    : new timeseries.PanelBuilder().fillOpacity(10).showPoints(common.VisibilityMode.Never);
  return builder
    .title(spec.title)
    .description(spec.description ?? "")
    .unit(unitNames[spec.unit])
    .datasource(dataSource)
    .targets(targets)
    .span(spec.number ? 6 : 12)
    .height(spec.number ? 4 : 8);
}
