import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import execa from "execa";

import { build } from "../../tools/build/recipe";
import { chromium, panels } from "../../tools/build/recipes";

/** What a reader sees of a panel. */
export interface DrawnPanel {
  readonly title: string;
  /** `empty`: there is no series, and a reason in its place. */
  readonly state: "data" | "empty";
  readonly text: readonly string[];
  readonly tiles: readonly { readonly name: string; readonly text: readonly string[]; readonly background: string }[];
  /** Canvases with lines. */
  readonly lines: number;
}

/** What is shown, by the dashboard's uid; `errors` are those of the page's script. */
export type DrawnDashboards = Record<string, { readonly errors: readonly string[]; readonly panels: readonly DrawnPanel[] }>;

/** Time range in seconds, and the interval of scrapes, by which Grafana takes the window of a rate. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly scrapeSeconds: number;
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant?: boolean;
}
type Panel = { readonly type: string; readonly targets?: readonly Target[] };

/**
 * Draws dashboards from the answers of a Prometheus with Grafana's own panels in a real browser, and keeps a picture of each in the folder.
 * It is no Grafana: variables are "all", the layout and the tiles are ours, and nothing can be clicked.
 */
export async function draw(folder: string, dashboards: readonly Dashboard[], prometheus: string, range: Range): Promise<DrawnDashboards> {
  const [scripts] = (await build([panels])) as [string];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const dashboard of dashboards) await writePage(folder, scripts, dashboard, prometheus, range);
  const drawn = await openPages(folder);
  for (const { uid } of dashboards) rmSync(path.join(folder, `${uid}.html`));
  return drawn;
}

/** Opens each page of a folder (NAME.html) in a real browser that finds no host, keeps a picture of it (NAME.png), and tells what a reader sees. */
export async function openPages(folder: string): Promise<DrawnDashboards> {
  const [browser, scripts] = (await build([chromium, panels])) as [string, string];
  const libraries = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu/pulseaudio"];
  const env = { LD_LIBRARY_PATH: libraries.map((name) => path.join(browser, name)).join(":") };
  const command = [path.join(scripts, "shoot.cjs"), path.join(browser, "usr/lib/chromium/chromium"), folder];
  const { stdout } = await execa("node", command, { env, timeout: 300_000 });
  return JSON.parse(stdout);
}

async function writePage(folder: string, scripts: string, dashboard: Dashboard, prometheus: string, range: Range): Promise<void> {
  const { uid, title, panels: all = [], annotations } = dashboard;
  const answers = await Promise.all(
    (all as Panel[]).map(({ targets = [] }) => Promise.all(targets.map((one) => ask(prometheus, one, range)))),
  );
  const marks = (annotations?.list ?? []) as unknown as { expr: string }[];
  const marked = await Promise.all(marks.map(({ expr }) => ask(prometheus, { refId: "", legendFormat: "", expr }, range)));
  const shown = {
    title,
    panels: all,
    ...{ from: range.from, to: range.to },
    answers,
    marks: marked.flatMap(({ series }) => series.map(({ values }) => values[0]![0])),
  };
  const at = (name: string): string => pathToFileURL(path.join(scripts, name)).href;
  // "<" ends no script in JSON that has none.
  const json = JSON.stringify(shown).replaceAll("<", "\\u003c");
  const script = `<script>window.shown = ${json}</script><script src="${at("page.js")}"></script>`;
  const head = `<meta charset="utf-8"><link rel="stylesheet" href="${at("page.css")}"><style>*{box-sizing:border-box}body{margin:0}button{color:inherit}</style>`;
  writeFileSync(
    path.join(folder, `${uid}.html`),
    `<!doctype html><html><head>${head}</head><body><div id="root"></div>${script}</body></html>`,
  );
}

interface Matrix {
  readonly metric: Record<string, string>;
  readonly values: [number, string][];
}

async function ask(prometheus: string, { refId, expr, legendFormat, instant }: Target, { from, to, scrapeSeconds }: Range) {
  const step = Math.max(scrapeSeconds, Math.round((to - from) / 400));
  const window = `${Math.max(step + scrapeSeconds, 4 * scrapeSeconds)}s`;
  const query = expr.replaceAll("$model", ".+").replaceAll("$pod", ".+").replaceAll("$__rate_interval", window);
  const asked: Record<string, string> = instant
    ? { query, time: String(to) }
    : { query, start: String(from), end: String(to), step: String(step) };
  const url = `http://${prometheus}/api/v1/${instant ? "query" : "query_range"}`;
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(asked) });
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: (Matrix & { value: [number, string] })[] };
  };
  if (status !== "success") throw new Error(`${expr}: ${error}`);
  return {
    refId,
    legend: legendFormat,
    series: data.result.map(({ metric, values, value }) => ({ metric, values: values ?? [value] })),
  };
}
