import { describe, expect, it } from "vitest";

import type { MetricTable } from "../../../lib/engines/table";
import { engineTables } from "../../../lib/engines/tables";
import { dashboards } from "../../../lib/monitoring/dashboards";
import * as exporters from "../../../lib/monitoring/exporters";
import type { Fleet } from "../../../lib/monitoring/fleet";
import { recordingRules } from "../../../lib/monitoring/recording-rules";
import { slowSloRules } from "../../../lib/monitoring/slo-rules";
import { panelsOf, rowsOf, type ShownPanel } from "../../support/dashboards";
import { models, wholeFleet } from "../../support/fleet";
import { expected } from "../../support/monitoring-fixtures";

const all = dashboards(wholeFleet);

/** Names of series in a query, without its strings, matchers and label lists. */
const namesIn = (expr: string): string[] =>
  [
    ...expr.replace(/"[^"]*"|\{[^}]*\}|\b(by|on|group_left) \([^)]*\)/g, "").matchAll(/\b(?:slm:|vllm:|onnx_|envoy_|kube_|DCGM_)[\w:]+/g),
  ].map(([name]) => name);

describe("dashboards", () => {
  it("keep their address and title", () => {
    expect(all.map(({ uid, title }) => [uid, title])).toEqual([
      ["slm-fleet-test", "SLM / Fleet (test)"],
      ["slm-model-test", "SLM / Model (test)"],
      ["slm-replicas-test", "SLM / Replicas (test)"],
      ["slm-gpus-test", "SLM / GPUs (test)"],
      ["slm-gateway-test", "SLM / Gateway (test)"],
      ["slm-cold-starts-test", "SLM / Cold starts (test)"],
    ]);
    const long = dashboards({ ...wholeFleet, environment: "x".repeat(63) }).map(({ uid }) => uid!);
    for (const uid of long) expect(uid.length).toBeLessThanOrEqual(40); // Grafana takes no longer one
    expect(new Set(long).size).toBe(all.length);
  });

  it.each(all.map((dashboard) => [dashboard.uid!, dashboard] as const))(
    "%s shows exactly these panels, queries and units",
    (uid, dashboard) => {
      const rows = expected<Record<string, ShownPanel[]>>(`dashboards/${uid.replace("-test", "")}`);
      expect(rowsOf(dashboard)).toEqual(rows);
      expect(Object.keys(rowsOf(dashboard))).toEqual(Object.keys(rows));
    },
  );

  it("look and refresh alike, and are changed in their source alone", () => {
    for (const { editable, tags, refresh, time, graphTooltip } of all)
      expect({ editable, tags, refresh, time, graphTooltip }).toEqual({
        editable: false,
        tags: ["slm-stack", "test"],
        refresh: "30s",
        time: { from: "now-1h", to: "now" },
        graphTooltip: 1,
      });
  });

  it("are narrowed by model where they show models, several at once, in order, as the time range has them", () => {
    const variable = (metric: string, label = "model") => ({
      type: "query",
      name: label,
      datasource: { type: "prometheus", uid: "$datasource" },
      query: { query: `label_values(${metric}, ${label})`, refId: label },
      refresh: 2,
      sort: 1,
      multi: true,
      includeAll: true,
      allValue: ".+",
    });
    expect(all.map(({ uid, templating }) => [uid, templating!.list!.slice(1)])).toEqual([
      ["slm-fleet-test", []],
      ["slm-model-test", [expect.objectContaining(variable('slm:model:info{environment="test"}'))]],
      [
        "slm-replicas-test",
        [
          expect.objectContaining(variable('slm:model:info{environment="test"}')),
          expect.objectContaining(variable('up{environment="test",job="slm-models",model=~"$model"}', "pod")),
        ],
      ],
      ["slm-gpus-test", []],
      ["slm-gateway-test", [expect.objectContaining(variable('envoy_cluster_upstream_rq{environment="test"}'))]],
      ["slm-cold-starts-test", []],
    ]);
  });

  it("draw lines that can be distinguished, or the last number that there is; queries have references in order", () => {
    type Drawn = { type: string; options?: object; fieldConfig?: object; targets?: { refId: string }[]; gridPos: { w: number; h: number } };
    const panels = all.flatMap((dashboard) => dashboard.panels as unknown as Drawn[]);
    for (const { type, options, fieldConfig, gridPos, targets = [] } of panels) {
      const { w, h } = gridPos;
      if (type === "timeseries") {
        expect(fieldConfig).toMatchObject({ defaults: { custom: { fillOpacity: 10, showPoints: "never" } } });
        expect(options).toMatchObject({ legend: { showLegend: true, displayMode: "table", calcs: ["lastNotNull", "max"] } });
        expect([w, h]).toEqual([12, 8]);
      } else if (type === "stat") {
        expect(options).toMatchObject({ reduceOptions: { calcs: ["lastNotNull"] } });
        expect([4, 6, 12, 16, 24]).toContain(w);
        expect(h).toBe(4);
      } else if (type === "table") {
        expect([w, h]).toEqual([12, 8]);
        expect(targets).toMatchObject([{ instant: true, format: "table" }]);
      } else expect(type).toBe("row");
      expect(targets.map(({ refId }) => refId)).toEqual(["A", "B", "C"].slice(0, targets.length));
    }
  });

  it("say why there is nothing, where there is nothing", () => {
    type Reasoned = { type: string; title: string; fieldConfig: { defaults: { noValue?: string; color?: { mode: string } } } };
    for (const { type, title, fieldConfig } of all.flatMap((dashboard) => dashboard.panels as unknown as Reasoned[])) {
      if (type === "row") continue;
      expect(fieldConfig.defaults.noValue, title).toMatch(/^[A-Z].*[.]$/);
      expect(fieldConfig.defaults.color!.mode, title).toBe(type === "timeseries" ? "palette-classic" : "thresholds");
    }
  });

  it("count as muted only what a rollout of the same model mutes now", () => {
    const { queries } = rowsOf(all[0]!)["Alerts"]!.find(({ title }) => title === "Muted by a rollout")!;
    expect(queries["{{model}} alerts that are muted"]).toMatch(
      / and on \(model\) ALERTS\{[^}]*alertname="ModelRollingOut",alertstate="firing"\}$/,
    );
  });

  it("mean what their colours say: away is red, an end that is near is red, and so is a budget that is gone", () => {
    type Coloured = {
      title: string;
      fieldConfig: { defaults: { thresholds?: { steps: { value: number | null; color: string }[] }; mappings?: object[] } };
    };
    const panelOf = (uid: string, title: string) =>
      (all.find((one) => one.uid === `${uid}-test`)!.panels as unknown as Coloured[]).find((one) => one.title === title)!.fieldConfig
        .defaults;
    const colour = (uid: string, title: string, value: number) =>
      panelOf(uid, title).thresholds!.steps.findLast(({ value: from }) => from === null || value >= from)!.color;
    for (const uid of ["slm-fleet", "slm-model", "slm-replicas"]) {
      expect([0, 1].map((value) => colour(uid, "Up", value))).toEqual(["red", "green"]);
      expect(panelOf(uid, "Up").mappings).toMatchObject([
        { options: { 0: { text: "down", color: "red" }, 1: { text: "up", color: "green" } } },
      ]);
    }
    expect([10, 20, 90].map((days) => colour("slm-gateway", "Days until a certificate ends", days))).toEqual(["red", "yellow", "green"]);
    expect([-0.1, 0.1, 0.9].map((left) => colour("slm-fleet", "Budget of errors left", left))).toEqual(["red", "orange", "green"]);
    for (const title of ["Models down", "Critical alerts"])
      expect([0, 1].map((count) => colour("slm-fleet", title, count))).toEqual(["green", "red"]);
    expect([0.5, 2, 7, 15].map((rate) => colour("slm-fleet", "Burn rate: availability", rate))).toEqual([
      "green",
      "yellow",
      "orange",
      "red",
    ]);
  });

  it("lead from the fleet to a model, to its replicas, and to the runbook of what fires where it is published", () => {
    const links = (found: typeof all, uid: string, title: string) =>
      (
        found.find((one) => one.uid === uid)!.panels as unknown as {
          title: string;
          fieldConfig: { defaults: { links?: { url: string }[] } };
        }[]
      )
        .find((one) => one.title === title)!
        .fieldConfig.defaults.links?.map(({ url }) => url);
    expect(links(all, "slm-fleet-test", "Up")).toEqual([`/d/slm-model-test?var-model=\${__field.labels.model}&\${__url_time_range}`]);
    expect(links(all, "slm-model-test", "Replicas")).toEqual([
      `/d/slm-replicas-test?var-model=\${__field.labels.model}&\${__url_time_range}`,
    ]);
    expect(links(all, "slm-fleet-test", "Firing alerts")).toBeUndefined();
    expect(links(dashboards(wholeFleet, "docs/runbooks"), "slm-fleet-test", "Firing alerts")).toBeUndefined();
    expect(links(dashboards(wholeFleet, "https://runbooks.example"), "slm-fleet-test", "Firing alerts")).toEqual([
      `https://runbooks.example/\${__data.fields.runbook}.md`,
    ]);
    for (const { links: between, annotations } of all) {
      expect(between).toMatchObject([{ type: "dashboards", tags: ["slm-stack", "test"], includeVars: true, keepTime: true }]);
      expect(JSON.stringify(annotations)).toContain("ModelRollingOut");
    }
  });

  it("name no data source but a variable", () => {
    for (const dashboard of all) {
      expect(dashboard.templating!.list![0]).toMatchObject({ name: "datasource", type: "datasource", query: "prometheus" });
      const named = [...JSON.stringify(dashboard).matchAll(/"uid":"([^"]*)"/g)].map(([, uid]) => uid);
      expect(new Set(named)).toEqual(new Set([dashboard.uid, "$datasource"]));
    }
  });

  it("ask only for series that a table or a rule of ours has", () => {
    const tables: MetricTable[] = [
      ...Object.values(engineTables).flatMap((versions) => Object.values(versions)),
      ...Object.values(exporters),
    ];
    const known = new Set([
      ...tables.flatMap(({ metrics }) => Object.values(metrics).flatMap(({ series }) => series)),
      ...[...recordingRules(wholeFleet), ...slowSloRules(wholeFleet)].map(({ record }) => record),
    ]);
    const asked = all.flatMap(panelsOf).flatMap(({ queries }) => queries.flatMap(namesIn));
    expect(asked.length).toBeGreaterThan(60);
    for (const name of asked) expect(known, name).toContain(name);
  });

  it("show the same panels for vLLM and for the ONNX server, and the cache's for vLLM only", () => {
    const titles = (...only: (keyof typeof models)[]): string[] => {
      const fleet: Fleet = { environment: "test", namespace: "slm", models: only.map((name) => models[name]) };
      return panelsOf(dashboards(fleet).find(({ uid }) => uid === "slm-model-test")!).map(({ title }) => title);
    };
    expect(titles("chat").filter((title) => !titles("small").includes(title))).toEqual([
      "Key-value cache in use",
      "Prefix cache hits",
      "Preemptions",
    ]);
    expect(titles("small").filter((title) => !titles("chat").includes(title))).toEqual([]);
  });

  it("show of a model in Ollama what the gateway knows", () => {
    const fleet: Fleet = { environment: "test", namespace: "slm", models: [models.tiny], gateway: {} };
    const panels = panelsOf(dashboards(fleet).find(({ uid }) => uid === "slm-model-test")!);
    expect(panels.map(({ title }) => title)).toEqual(["Up", "Replicas", "Firing alerts", "Whole request", "Requests", "Finished requests"]);
  });

  it("leave out what there is nothing to see of", () => {
    const fleet: Fleet = { environment: "test", namespace: "slm", models: [models.chat] };
    expect(dashboards(fleet).map(({ uid }) => uid)).toEqual([
      "slm-fleet-test",
      "slm-model-test",
      "slm-replicas-test",
      "slm-cold-starts-test",
    ]);
    expect(dashboards({ ...fleet, kubeState: false }).map(({ uid }) => uid)).toEqual([
      "slm-fleet-test",
      "slm-model-test",
      "slm-replicas-test",
    ]);
    const shown = (uid: string, more: Partial<Fleet>) =>
      rowsOf(dashboards({ ...fleet, ...more }).find((one) => one.uid === `${uid}-test`)!);
    expect(Object.keys(shown("slm-gateway", { gateway: {} }))).toEqual(["Door", "Models"]);
    const gpu = shown("slm-gpus", { gpuCounters: "default" })["GPUs"]!.map(({ title }) => title);
    expect(gpu).toEqual(
      expected<{ GPUs: ShownPanel[] }>("dashboards/slm-gpus")
        .GPUs.map(({ title }) => title)
        .filter((title) => title !== "Slowed down"),
    );
  });

  it("put two or four panels beside each other, none over another", () => {
    for (const dashboard of all) {
      const taken = new Set<string>();
      for (const { gridPos } of dashboard.panels! as { gridPos: { x: number; y: number; w: number; h: number } }[]) {
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect(taken.has(`${x},${y}`), `${dashboard.title} at ${x},${y}`).toBe(false);
            taken.add(`${x},${y}`);
          }
      }
    }
  });
});
