import { createTheme, dateTime, type FieldConfig, ThemeContext, type ThresholdsConfig, type TimeRange } from "@grafana/data";
import type { LegendDisplayMode, VizLegendOptions } from "@grafana/schema";
import { BigValue, type BigValueColorMode, BigValueGraphMode, PanelChrome, TimeSeries, type UPlotConfigBuilder } from "@grafana/ui";
import { createRoot } from "react-dom/client";

import { type Answer, linesOf, tableOf } from "./frames";

/** A panel of a dashboard's JSON, as far as it is drawn here. */
interface Panel {
  readonly type: "row" | "timeseries" | "stat" | "table";
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: FieldConfig };
  readonly options?: { readonly legend?: VizLegendOptions; readonly colorMode?: BigValueColorMode };
}

/** What is drawn: a dashboard, the time range in seconds, the answers to each panel's queries, and the moments that are marked. */
interface Shown {
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly from: number;
  readonly to: number;
  readonly answers: readonly (readonly Answer[])[];
  readonly marks: readonly number[];
}

declare global {
  interface Window {
    shown: Shown;
  }
}

// Grafana's grid: 24 columns, rows of 30 pixels with 8 between them.
const page = { width: 1440, columns: 24, row: 38, gap: 8, head: 48 };
const theme = createTheme({ colors: { mode: "dark" } });
const { title, panels, from, to, answers, marks } = window.shown;
const timeRange: TimeRange = {
  from: dateTime(from * 1000),
  to: dateTime(to * 1000),
  raw: { from: dateTime(from * 1000), to: dateTime(to * 1000) },
};

/** The JSON has null where the lowest threshold has no bound. */
function configOf({ fieldConfig }: Panel): FieldConfig {
  const { thresholds, ...defaults } = fieldConfig?.defaults ?? {};
  if (!thresholds) return defaults;
  const steps = thresholds.steps.map(({ value, color }) => ({ color, value: value ?? Number.NEGATIVE_INFINITY }));
  return { ...defaults, thresholds: { ...thresholds, steps } as ThresholdsConfig };
}

interface Inside {
  readonly panel: Panel;
  readonly asked: readonly Answer[];
  readonly width: number;
  readonly height: number;
}

function Lines({ panel, asked, width, height }: Inside) {
  const legend = { ...panel.options!.legend!, displayMode: panel.options!.legend!.displayMode as LegendDisplayMode };
  return (
    <TimeSeries
      frames={linesOf(asked, configOf(panel), theme)}
      timeRange={timeRange}
      timeZone="utc"
      width={width}
      height={height}
      legend={legend}
    >
      {(builder: UPlotConfigBuilder) => {
        builder.addHook("draw", (plot) => {
          for (const mark of marks) {
            const x = Math.round(plot.valToPos(mark * 1000, "x", true));
            plot.ctx.fillStyle = theme.visualization.getColorByName("blue");
            plot.ctx.fillRect(x, plot.bbox.top, 2, plot.bbox.height);
          }
        });
        return null;
      }}
    </TimeSeries>
  );
}

/** Tiles side by side, or one above the other where the panel is too narrow, as Grafana's own layout of repeated values does. */
function Numbers({ panel, asked, width, height }: Inside) {
  const fields = linesOf(asked, configOf(panel), theme).map(({ fields: [, field] }) => field!);
  const wide = width >= height;
  const each = wide ? { width: Math.floor(width / fields.length) - 4, height } : { width, height: Math.floor(height / fields.length) - 4 };
  return (
    <div style={{ display: "flex", flexDirection: wide ? "row" : "column", gap: 4 }}>
      {fields.map((field) => (
        <div key={field.name} data-tile={field.name}>
          <BigValue
            theme={theme}
            {...each}
            colorMode={panel.options!.colorMode!}
            graphMode={BigValueGraphMode.None}
            value={{ ...field.display!(field.values.at(-1)), title: field.name }}
          />
        </div>
      ))}
    </div>
  );
}

/** A plain table: Grafana's own cannot be bundled outside of Grafana. */
function Rows({ panel, asked }: Inside) {
  const { columns, rows } = tableOf(asked, configOf(panel), theme);
  const cell = { textAlign: "left", padding: "4px 12px", borderBottom: `1px solid ${theme.colors.border.weak}` } as const;
  return (
    <table style={{ borderCollapse: "collapse", width: "100%" }}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} style={cell}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.join(" ")}>
            {row.map((text, index) => (
              <td key={columns[index]} style={cell}>
                {text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const drawings = { timeseries: Lines, stat: Numbers, table: Rows } as const;

function Drawn({ panel, asked }: { panel: Panel; asked: readonly Answer[] }) {
  const { x, y, w, h } = panel.gridPos;
  const column = page.width / page.columns;
  const box = { left: x * column, top: page.head + y * page.row, width: w * column - page.gap, height: h * page.row - page.gap };
  if (panel.type === "row")
    return <h4 style={{ position: "absolute", ...box, color: theme.colors.text.primary, margin: 0 }}>{panel.title}</h4>;
  const Drawing = drawings[panel.type];
  const empty = asked.every(({ series }) => series.length === 0);
  return (
    <section data-panel={panel.title} data-state={empty ? "empty" : "data"} style={{ position: "absolute", ...box }}>
      <PanelChrome title={panel.title} description={panel.description} width={box.width} height={box.height}>
        {(width, height) =>
          empty ? (
            <p
              data-reason
              style={{ height, display: "grid", placeContent: "center", color: theme.colors.text.secondary, textAlign: "center" }}
            >
              {panel.fieldConfig?.defaults.noValue ?? "No data"}
            </p>
          ) : (
            <Drawing panel={panel} asked={asked} width={width} height={height} />
          )
        }
      </PanelChrome>
    </section>
  );
}

function Page() {
  const bottom = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  return (
    <ThemeContext.Provider value={theme}>
      <main
        style={{
          position: "relative",
          width: page.width,
          height: page.head + bottom * page.row,
          background: theme.colors.background.canvas,
          color: theme.colors.text.primary,
          fontFamily: "Inter, DejaVu Sans, sans-serif",
          fontSize: 13,
        }}
      >
        <h3 style={{ padding: 8 }}>{title}</h3>
        {panels.map((panel, index) => (
          <Drawn key={`${panel.gridPos.x} ${panel.gridPos.y}`} panel={panel} asked={answers[index]!} />
        ))}
      </main>
    </ThemeContext.Provider>
  );
}

createRoot(document.getElementById("root")!).render(<Page />);
