import { describe, expect, it } from "vitest";

import type { MetricTable } from "../../../lib/engines/table";
import { engineTables } from "../../../lib/engines/tables";
import { dashboards } from "../../../lib/monitoring/dashboards";
import * as exporters from "../../../lib/monitoring/exporters";
import type { Fleet } from "../../../lib/monitoring/fleet";
import { recordingRules } from "../../../lib/monitoring/recording-rules";
import { panelsOf } from "../../support/dashboards";
import { models, wholeFleet } from "../../support/fleet";

const all = dashboards(wholeFleet);

/** Names of series in a query, without its strings, matchers and label lists. */
const namesIn = (expr: string): string[] =>
  [
    ...expr.replace(/"[^"]*"|\{[^}]*\}|\b(by|on|group_left) \([^)]*\)/g, "").matchAll(/\b(?:slm:|vllm:|onnx_|envoy_|kube_|DCGM_)[\w:]+/g),
  ].map(([name]) => name);

describe("dashboards", () => {
  it("keep their address and title", () => {
    expect(all.map(({ uid, title }) => [uid, title])).toEqual([
      ["slm-fleet", "SLM / Fleet"],
      ["slm-model", "SLM / Model"],
      ["slm-gpus", "SLM / GPUs"],
      ["slm-gateway", "SLM / Gateway"],
      ["slm-cold-starts", "SLM / Cold starts"],
    ]);
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
      ...recordingRules(wholeFleet).map(({ record }) => record),
    ]);
    const asked = all.flatMap(panelsOf).flatMap(({ queries }) => queries.flatMap(namesIn));
    expect(asked.length).toBeGreaterThan(60);
    for (const name of asked) expect(known, name).toContain(name);
  });

  it("show the same panels for vLLM and for the ONNX server, and the cache's for vLLM only", () => {
    const titles = (...only: (keyof typeof models)[]): string[] => {
      const fleet: Fleet = { namespace: "slm", models: only.map((name) => models[name]) };
      return panelsOf(dashboards(fleet).find(({ uid }) => uid === "slm-model")!).map(({ title }) => title);
    };
    expect(titles("chat").filter((title) => !titles("small").includes(title))).toEqual([
      "Key-value cache in use",
      "Prefix cache hits",
      "Preemptions",
    ]);
    expect(titles("small").filter((title) => !titles("chat").includes(title))).toEqual([]);
  });

  it("show of a model in Ollama what the gateway knows", () => {
    const fleet: Fleet = { namespace: "slm", models: [models.tiny], gateway: {} };
    const panels = panelsOf(dashboards(fleet).find(({ uid }) => uid === "slm-model")!);
    expect(panels.map(({ title }) => title)).toEqual(["Whole request", "Requests", "Finished requests"]);
  });

  it("leave out what there is nothing to see of", () => {
    const fleet: Fleet = { namespace: "slm", models: [models.chat] };
    expect(dashboards(fleet).map(({ uid }) => uid)).toEqual(["slm-fleet", "slm-model", "slm-cold-starts"]);
    expect(dashboards({ ...fleet, kubeState: false }).map(({ uid }) => uid)).toEqual(["slm-fleet", "slm-model"]);
    const withDoor = dashboards({ ...fleet, gateway: {} }).find(({ uid }) => uid === "slm-gateway")!;
    expect(panelsOf(withDoor).map(({ title }) => title)).not.toContain("Requests per consumer");
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
