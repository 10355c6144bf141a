import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { alerts, promisedSeconds } from "../../lib/monitoring/alerts";
import { dashboards } from "../../lib/monitoring/dashboards";
import type { Fleet } from "../../lib/monitoring/fleet";
import { scalerQueries } from "../../lib/monitoring/queries";
import { recordingRules } from "../../lib/monitoring/recording-rules";
import { slowSloRules } from "../../lib/monitoring/slo-rules";
import { panelsOf } from "../support/dashboards";
import { models } from "../support/fleet";
import { load } from "../support/load-of-chats";
import { programs, startEnvoy, startMonitoring, startOnnx, startVllm } from "../support/watched";
import { blockable, freePort, listen, type Notification, query, type Running, residentMib, until } from "../support/watching";

const fleet: Fleet = {
  environment: "test",
  namespace: "slm",
  models: [models.small, models.tiny, models.chat],
  gateway: {},
  gpuCounters: "throttling",
  keys: [{ name: "team-a", expiresAt: "2036-01-01" }],
};

/** Why a query cannot have a series here, by what it asks for. */
const reasons: Record<string, RegExp> = {
  "kube-state-metrics is not served by the Go proxy; names are compared with its documentation":
    /kube_|slm:pod:info|slm:deployment:info|slm:rollout:|slm:download:/,
  "there is no GPU; names are compared with the exporter's own list": /DCGM_/,
  "the gateway holds no certificate": /days_until_first_cert/,
  "an alert that nothing causes is not there": /ALERTS/,
};
/** What is recorded every two minutes may have come, or not. */
const late = /3d|decayed30d|slo_budget/;

const folder = mkdtempSync(path.join(tmpdir(), "slm-watch-"));
const ended: (() => unknown)[] = [];
let hook: Awaited<ReturnType<typeof listen>>;
let engine: Running;
let vllm: Running;
let door: Awaited<ReturnType<typeof blockable>>;
let watch: Awaited<ReturnType<typeof startMonitoring>>;
let gateway: Awaited<ReturnType<typeof startEnvoy>>;
let enginePort: number;

const notify = (alert: string, status: Notification["status"]) => () =>
  hook.notifications.find((one) => one.labels["alertname"] === alert && one.labels["model"] === "small" && one.status === status);

/** Seconds that a machine with other work to do may add to what is promised. */
const slackSeconds = 20;
/** A message that it is over comes with the group's next one: a scrape, an evaluation, and the group's half minute. */
const resolveSeconds = 15 + 15 + 30 + slackSeconds;

/** Waits for the message that an alert fires, no longer than promised, makes it good again, and waits for the message that it is over. */
async function firesAndResolves(alert: string, forSeconds: number, repair: () => Promise<unknown> | unknown): Promise<void> {
  const [, took] = await until(notify(alert, "firing"), promisedSeconds({ forSeconds }) + slackSeconds, `${alert} fires`);
  console.log(`${alert}: reported after ${took.toFixed(0)} s, promised within ${promisedSeconds({ forSeconds })} s`);
  await repair();
  const [, after] = await until(notify(alert, "resolved"), resolveSeconds + 100, `${alert} resolves`);
  console.log(`${alert}: resolved after ${after.toFixed(0)} s`);
}

const forSecondsOf = (name: string): number =>
  alerts(fleet, { jobs: ["prometheus", "alertmanager"], alertmanager: true }).find((one) => one.name === name)!.forSeconds;

describe("monitoring of real engines", () => {
  beforeAll(async () => {
    hook = await listen();
    enginePort = await freePort();
    engine = await startOnnx(folder, "small", enginePort);
    door = await blockable(enginePort);
    // What stands behind `tiny` does not matter: of a model in Ollama only the gateway's series are asked for.
    gateway = await startEnvoy((await programs()).envoy, folder, { small: enginePort, tiny: enginePort });
    const vllmPort = await freePort();
    vllm = await startVllm(folder, "chat", vllmPort);
    const addresses = { small: door.port, chat: vllmPort };
    watch = await startMonitoring(folder, fleet, { models: addresses, gateway: gateway.admin }, hook.url);
  });
  afterAll(async () => {
    for (const end of ended.reverse()) await end();
    await Promise.all([watch?.prometheus.kill(), watch?.alertmanager.kill(), gateway?.kill(), engine?.kill(), vllm?.kill()]);
    door?.close();
    hook?.server.close();
    rmSync(folder, { recursive: true });
  });

  it("every panel, recording rule and scaler query has a series, or a reason why it cannot here", async () => {
    const stops = [
      load(`http://${gateway.address}/small/v1`, "small", 2, 40),
      load(`http://${gateway.address}/tiny/v1`, "small", 1, 20),
      load(`http://${vllm.address}/v1`, "chat", 2, 40),
    ];
    ended.push(...stops);
    const asked = [
      ...dashboards(fleet)
        .flatMap(panelsOf)
        .flatMap(({ title, queries }) => queries.map((expr) => [title, expr] as const)),
      ...[...recordingRules(fleet), ...slowSloRules(fleet)].map(({ record, labels = {} }) => {
        const matchers = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
        return [record, `${record}{${matchers.join(",")}}`] as const;
      }),
      ...fleet.models.flatMap((model) =>
        Object.entries(scalerQueries(fleet, model)).map(([name, expr]) => [`scaler: ${name}`, expr] as const),
      ),
    ];
    const without = async (): Promise<(readonly [string, string])[]> => {
      const concrete = asked.map(
        ([title, expr]) => [title, expr.replaceAll("$model", ".*").replaceAll("$pod", ".*").replaceAll("$__rate_interval", "1m")] as const,
      );
      const answers = await Promise.all(concrete.map(([, expr]) => query(watch.prometheus.address, expr)));
      return concrete.filter((_, index) => answers[index]!.length === 0);
    };
    const explained = ([, expr]: readonly [string, string]): boolean =>
      [...Object.values(reasons), late].some((pattern) => pattern.test(expr));
    let empty: (readonly [string, string])[] = [];
    const complete = async () => {
      empty = await without();
      return empty.every(explained) || undefined;
    };
    await until(complete, 300, "a series for every query").catch(() => undefined); // what is still without is reported below
    expect(empty.filter((one) => !explained(one))).toEqual([]);
    for (const [why, pattern] of Object.entries(reasons))
      expect(
        empty.some(([, expr]) => pattern.test(expr)),
        why,
      ).toBe(true);
    console.log(`${asked.length} queries: ${asked.length - empty.length} have a series; without: ${empty.length}, each with a reason`);
    for (const stop of ended.splice(0)) await stop();
  });

  it("tells the webhook of a full queue within the promised time, and that it is over", async () => {
    const stop = load(`http://127.0.0.1:${enginePort}/v1`, "small", 9, 100);
    ended.push(stop);
    await firesAndResolves("QueueGrowing", forSecondsOf("QueueGrowing"), stop);
    ended.splice(0);
  });

  it("tells of a killed engine, mutes it where a rollout was announced, and tells when it is back", async () => {
    await engine.kill();
    await firesAndResolves("ModelUnreachable", forSecondsOf("ModelUnreachable"), async () => {
      const { amtool } = await programs();
      const base = `--alertmanager.url=http://${watch.alertmanager.address}`;
      await execa(amtool, [
        "silence",
        "add",
        base,
        "--author=test",
        "--comment=rollout",
        "--duration=1m",
        "model=small",
        "during_rollout=mute",
      ]);
      const { stdout } = await execa(amtool, ["alert", "query", base, "--silenced", "--output=json", "model=small"]);
      expect((JSON.parse(stdout) as { labels: Record<string, string> }[]).map(({ labels }) => labels["alertname"])).toContain(
        "ModelUnreachable",
      );
      const { stdout: silences } = await execa(amtool, ["silence", "query", base, "--quiet"]);
      await execa(amtool, ["silence", "expire", base, ...silences.split("\n")]);
      engine = await startOnnx(folder, "small", enginePort);
    });
  });

  it("tells of a blocked port, and when it is open again", async () => {
    hook.notifications.splice(
      0,
      hook.notifications.length,
      ...hook.notifications.filter(({ labels }) => labels["alertname"] === "Watchdog"),
    ); // the next test counts on it
    door.block(true);
    await firesAndResolves("ModelUnreachable", forSecondsOf("ModelUnreachable"), () => door.block(false));
  });

  it("notified the watchdog's receiver all the time, and of no fault that there was not", () => {
    const watchdog = hook.notifications.filter(({ labels }) => labels["alertname"] === "Watchdog");
    expect(new Set(watchdog.map(({ status }) => status))).toEqual(new Set(["firing"]));
    const names = new Set(hook.notifications.map(({ labels }) => labels["alertname"]));
    expect(
      [...names].filter(
        (name) =>
          ![
            "Watchdog",
            "ModelUnreachable",
            "AvailabilityBurnFast",
            "AvailabilityBurnSlow",
            "QueueGrowing",
            "FirstTokenBurnFast",
            "FirstTokenBurnSlow",
            "FirstTokenBurnLong",
            "AvailabilityBurnLong",
            "ReplicaUnready",
            "ExporterDown", // kube-state-metrics is not there
            "ScalerBlind",
          ].includes(name!),
      ),
    ).toEqual([]);
  });

  it("takes less than 600 MiB", () => {
    const used = { prometheus: residentMib(watch.prometheus.pid), alertmanager: residentMib(watch.alertmanager.pid) };
    console.log(`resident MiB: Prometheus ${used.prometheus.toFixed(0)}, Alertmanager ${used.alertmanager.toFixed(0)}`);
    expect(used.prometheus + used.alertmanager).toBeLessThan(600);
  });
});
