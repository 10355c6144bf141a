import {
  type DataFrame,
  type FieldConfig,
  FieldType,
  formattedValueToString,
  type GrafanaTheme2,
  getDisplayProcessor,
  toDataFrame,
} from "@grafana/data";

/** A query's answer, as Prometheus gives it: a matrix over the time range, or a vector of now. */
export interface Answer {
  readonly refId: string;
  readonly legend: string;
  readonly series: readonly Series[];
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

/** As Grafana's data source names a series: each `{{label}}` by its value, nothing where it has no such label. */
const named = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "").trim();

/** A frame of each series, with the panel's own configuration of fields. */
export function linesOf(answers: readonly Answer[], defaults: FieldConfig, theme: GrafanaTheme2): DataFrame[] {
  const all = answers.flatMap(({ refId, legend, series }) => series.map((one) => ({ refId, name: named(legend, one.metric), ...one })));
  return all.map(({ refId, name, metric, values }, seriesIndex) => {
    const frame = toDataFrame({
      refId,
      name,
      fields: [
        { name: "Time", type: FieldType.time, values: values.map(([seconds]) => seconds * 1000), config: {} },
        { name, type: FieldType.number, values: values.map(([, value]) => Number(value)), labels: metric, config: {} },
      ],
    });
    return displayed(frame, defaults, theme, { seriesIndex, displayName: name });
  });
}

/** A row of texts for each series: its labels, and its value. */
export function tableOf(answers: readonly Answer[], defaults: FieldConfig, theme: GrafanaTheme2): { columns: string[]; rows: string[][] } {
  const found = answers.flatMap(({ series }) => series);
  const labels = [...new Set(found.flatMap(({ metric }) => Object.keys(metric)))];
  const values = linesOf(answers, defaults, theme).map(({ fields: [, field] }) =>
    formattedValueToString(field!.display!(field!.values.at(-1))),
  );
  return {
    columns: [...labels, "Value"],
    rows: found.map(({ metric }, row) => [...labels.map((label) => metric[label] ?? ""), values[row]!]),
  };
}

function displayed(
  frame: DataFrame,
  defaults: FieldConfig,
  theme: GrafanaTheme2,
  state: { seriesIndex: number; displayName: string },
): DataFrame {
  for (const field of frame.fields) {
    if (field.type === FieldType.number) {
      field.config = { ...defaults, displayName: state.displayName };
      field.state = state;
    }
    field.display = getDisplayProcessor({ field, theme, timeZone: "utc" });
  }
  return frame;
}
