import type * as cog from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as sdk from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import * as units from "@grafana/grafana-foundation-sdk/units";

/** Units of ours, as Grafana names them. */
const unitNames = {
  seconds: units.Seconds,
  share: units.PercentUnit,
  percent: units.Percent,
  requestsPerSecond: units.RequestsPerSecond,
  perSecond: units.CountsPerSecond,
  tokensPerSecond: "suffix: tok/s",
  count: units.Short,
  usd: units.Dollars,
  watts: units.Watt,
  celsius: units.Celsius,
  hertz: units.Hertz,
  days: units.Days,
} as const;

/** A query and how its series are called, as `{{model}}`. */
export type Query = readonly [expr: string | undefined, legend: string];

/** Colours from a value on; the first one is for everything below the next. */
export type Thresholds = readonly [color: Color, ...rest: (readonly [from: number, color: Color])[]];
type Color = "green" | "yellow" | "orange" | "red" | "blue";

/** What a panel shows. Queries that the fleet has no series for are left out, and with the last of them the panel. */
export interface PanelSpec {
  readonly title: string;
  readonly unit: keyof typeof unitNames;
  readonly queries: readonly Query[];
  /** What it tells, in a sentence. */
  readonly description?: string;
  /** What stands in its place while no series answers. @default {@link nothing} */
  readonly empty?: string;
  /** One number for each series, or a row for each, instead of lines. */
  readonly as?: "number" | "table";
  /** Columns of 24 that it takes. @default 6 for a number, else 12 */
  readonly columns?: number;
  /** @default one colour, which means nothing */
  readonly thresholds?: Thresholds;
  /** Words instead of some values. */
  readonly valueMappings?: Readonly<Record<string, { readonly text: string; readonly color: Color }>>;
  /** Where a click on a series leads: a title, and an address with Grafana's variables. */
  readonly link?: readonly [title: string, url: string];
}

/** Why there may be nothing to see, where nothing better can be said. */
const nothing = "Nothing was measured in this time.";

/** The variable that every panel takes its data source from: no dashboard names one. */
export const dataSource = { type: "prometheus", uid: "$datasource" };

const known = ({ queries }: PanelSpec) => queries.filter((query): query is readonly [string, string] => query[0] !== undefined);

/** Whether the fleet has a series for it. */
export const hasQueries = (spec: PanelSpec): boolean => known(spec).length > 0;

/** A panel as Grafana reads it. */
export function panel(spec: PanelSpec): cog.Builder<sdk.Panel> {
  const builder = drawn(spec)
    .title(spec.title)
    .description(spec.description ?? "")
    .unit(unitNames[spec.unit])
    .noValue(spec.empty ?? nothing)
    .datasource(dataSource)
    .targets(targets(spec))
    .colorScheme(new sdk.FieldColorBuilder().mode(spec.as ? sdk.FieldColorModeId.Thresholds : sdk.FieldColorModeId.PaletteClassic))
    .span(spec.columns ?? (spec.as === "number" ? 6 : 12))
    .height(spec.as === "number" ? 4 : 8);
  if (spec.as === "number" && spec.unit === "count") builder.decimals(0);
  if (spec.thresholds) builder.thresholds(steps(spec.thresholds));
  if (spec.valueMappings) builder.mappings([{ type: sdk.MappingType.ValueToText, options: { ...spec.valueMappings } }]);
  if (spec.link) builder.dataLinks([new sdk.DashboardLinkBuilder(spec.link[0]).url(spec.link[1])]);
  return builder;
}

const targets = (spec: PanelSpec): prometheus.DataqueryBuilder[] =>
  known(spec).map(([expr, legend], index) => {
    const query = new prometheus.DataqueryBuilder()
      .expr(expr)
      .legendFormat(legend)
      .refId(String.fromCharCode(65 + index))
      .datasource(dataSource);
    return spec.as === "table" ? query.instant().format(prometheus.PromQueryFormat.Table) : query;
  });

function drawn({ as, thresholds, valueMappings: words }: PanelSpec): stat.PanelBuilder | timeseries.PanelBuilder | table.PanelBuilder {
  switch (as) {
    case "number":
      return new stat.PanelBuilder()
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
        .colorMode(thresholds || words ? common.BigValueColorMode.Background : common.BigValueColorMode.None);
    case "table":
      return new table.PanelBuilder().overrideByName("Value", [
        { id: "custom.cellOptions", value: { type: thresholds ? "color-background" : "auto" } },
      ]);
    default:
      return lines(thresholds !== undefined);
  }
}

/** Lines with their last and their highest value beside the name, the highest line first; bounds are drawn where there are any. */
function lines(bounded: boolean): timeseries.PanelBuilder {
  const legend = new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Bottom)
    .calcs(["lastNotNull", "max"])
    .sortBy("Max")
    .sortDesc(true);
  const builder = new timeseries.PanelBuilder().fillOpacity(10).showPoints(common.VisibilityMode.Never).legend(legend);
  const style = new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed);
  return bounded ? builder.thresholdsStyle(style) : builder;
}

const steps = ([first, ...rest]: Thresholds): sdk.ThresholdsConfigBuilder =>
  new sdk.ThresholdsConfigBuilder()
    .mode(sdk.ThresholdsMode.Absolute)
    .steps([{ value: null, color: first }, ...rest.map(([value, color]) => ({ value, color }))]);
