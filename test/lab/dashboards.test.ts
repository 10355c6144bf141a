import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { dashboards } from "../../lib/monitoring/dashboards";
import type { Fleet } from "../../lib/monitoring/fleet";
import { workDir } from "../../tools/lib/paths";
import { type DrawnDashboards, type DrawnPanel, draw } from "../support/drawing";
import { models } from "../support/fleet";
import { load } from "../support/load-of-chats";
import { type PodState, startExporters } from "../support/stand-in-exporters";
import { podName, programs, startEnvoy, startMonitoring, startOnnx, startVllm } from "../support/watched";
import { freePort, listen, query, type Running, until } from "../support/watching";

const fleet: Fleet = {
  environment: "test",
  namespace: "slm",
  models: [models.small, models.tiny, models.chat],
  gateway: {},
  gpuCounters: "throttling",
};
const scrapeSeconds = 5;
/** Three times as fast as in a cluster, so that there is something to see after two minutes. */
const paced = (written: string): string =>
  written
    .replaceAll('"15s"', `"${scrapeSeconds}s"`)
    .replaceAll('"scrape_timeout":"10s"', '"scrape_timeout":"4s"')
    .replaceAll('"120s"', '"15s"');

const folder = mkdtempSync(path.join(tmpdir(), "slm-drawn-"));
const kept = path.join(workDir, "screenshots");
const started = Date.now() / 1000;
const ended: (() => unknown)[] = [];
const pods = new Map<string, PodState>();
let prometheus: string;
let small: Running[];

const servers = [
  ["small", "onnx", 0],
  ["small", "onnx", 1],
  ["chat", "vllm", 0],
  ["tiny", "ollama", 0],
] as const;

/** A program that is ended with the tests. */
async function running(starting: Running | Promise<Running>): Promise<Running> {
  const program = await starting;
  ended.push(() => program.kill());
  return program;
}

/** A server whose pod is reported from now on. */
function reported(model: string, engine: string, index: number): void {
  const pod = podName(model, engine, index);
  pods.set(pod, { model, engine, pod, created: started, ready: Date.now() / 1000 });
}

const shown = (name: string): Promise<DrawnDashboards> => {
  const to = Math.ceil(Date.now() / 1000); // what was recorded a moment ago is among it
  return draw(path.join(kept, name), dashboards(fleet, "https://runbooks.example"), prometheus, { from: to - 240, to, scrapeSeconds });
};
const panelOf = (seen: DrawnDashboards, uid: string, title: string): DrawnPanel =>
  seen[`${uid}-test`]!.panels.find((panel) => panel.title === title)!;
const one = async (expr: string): Promise<number> => Number((await query(prometheus, expr))[0]?.value[1] ?? 0);

/** The strongest part of a tile's colour. */
function hueOf(background: string): string {
  const [red, green, blue] = /rgb\((\d+), (\d+), (\d+)\)/.exec(background)!.slice(1).map(Number) as [number, number, number];
  return red > green && red > blue ? "red" : green > blue ? "green" : "blue";
}

/** Where nothing is drawn under load, though engines and exporters tell all that they can: a sentence in its place says why. */
const empty: Readonly<Record<string, readonly string[]>> = {
  "slm-fleet-test": ["Muted by a rollout"],
  "slm-replicas-test": ["Why a container waits or was ended"],
  "slm-gateway-test": ["Days until a certificate ends"],
};
/** What may be there or not: a machine that is busy breaks a promise. */
const either = ["Firing alerts"];

describe("dashboards in a browser", () => {
  beforeAll(async () => {
    const hook = await listen();
    ended.push(() => hook.server.close());
    const [vllmPort, ...smallPorts] = [await freePort(), await freePort(), await freePort()] as const;
    const vllm = await running(startVllm(folder, "chat", vllmPort));
    small = await Promise.all(smallPorts.map((port, index) => running(startOnnx(path.join(folder, String(index)), "small", port))));
    const gateway = await startEnvoy((await programs()).envoy, folder, { small: smallPorts[0], tiny: smallPorts[1] });
    await running(gateway);
    for (const [model, engine, index] of servers) reported(model, engine, index);
    const exporters = await startExporters(() => [...pods.values()], [podName("chat", "vllm", 0), podName("small", "onnx", 0)]);
    ended.push(exporters.close);
    const addresses = { models: { small: smallPorts, chat: vllmPort }, gateway: gateway.admin, exporters: exporters.port };
    const watchers = { jobs: ["prometheus", "alertmanager"], alertmanager: true, storageGib: 10 };
    const watch = await startMonitoring(folder, fleet, addresses, hook.url, { watchers, paced });
    await Promise.all(Object.values(watch).map(running));
    prometheus = watch.prometheus.address;
    ended.push(load(`http://${gateway.address}/small/v1`, "small", 1, 40));
    ended.push(load(`http://${gateway.address}/tiny/v1`, "small", 1, 20));
    ended.push(load(`http://${vllm.address}/v1`, "chat", 2, 40));
  });
  afterAll(async () => {
    for (const end of ended.reverse()) await end();
    rmSync(folder, { recursive: true });
  });

  it("draw every panel under load, with names and units, or say why there is nothing", async () => {
    const enough = async () => ((await one("min(count_over_time(slm:slo_budget:left_ratio[10m]))")) >= 5 ? true : undefined);
    await until(enough, 300, "the slow rules have been evaluated five times");
    const seen = await shown("load");
    for (const [uid, { errors, panels }] of Object.entries(seen)) {
      expect(errors, uid).toEqual([]);
      expect(
        panels.filter(({ state, title }) => state === "empty" && !either.includes(title)).map(({ title }) => title),
        uid,
      ).toEqual(empty[uid] ?? []);
      for (const panel of panels) {
        if (panel.state === "empty") expect(panel.text.join(" "), `${uid}: ${panel.title}`).toMatch(/\w+ \w+ .*[.]$/);
        else expect(panel.lines + panel.tiles.length + panel.text.length, `${uid}: ${panel.title}`).toBeGreaterThan(1);
      }
    }
  });

  it("show what is down in red, and what is up in green", async () => {
    for (const server of small) await server.kill();
    for (const [name, pod] of pods)
      if (pod.model === "small") pods.set(name, { ...pod, ready: undefined as never, restarts: 1, waits: "CrashLoopBackOff" });
    await until(
      async () => ((await one('count(ALERTS{alertname="ModelUnreachable",alertstate="firing"})')) > 0 ? true : undefined),
      180,
      "the alert",
    );
    const seen = await shown("outage");
    const tile = (title: string, name: string) => panelOf(seen, "slm-fleet", title).tiles.find((shownTile) => shownTile.name === name)!;
    expect(tile("Up", "small").text).toEqual(["small", "down"]);
    expect(tile("Up", "chat").text).toEqual(["chat", "up"]);
    expect(hueOf(tile("Up", "small").background)).toBe("red");
    expect(hueOf(tile("Up", "chat").background)).toBe("green");
    expect(tile("Models down", "down").text).toContain("1");
    expect(hueOf(tile("Models down", "down").background)).toBe("red");
    for (const uid of ["slm-fleet", "slm-model"])
      expect(panelOf(seen, uid, "Firing alerts").text.join(" ")).toMatch(/ModelUnreachable.*small.*model-unreachable.*critical/);
  });
});
