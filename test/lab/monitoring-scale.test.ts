import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { prometheusCores } from "../../components/monitoring/prometheus";
import { intervalSeconds } from "../../lib/monitoring/alerts";
import type { Fleet } from "../../lib/monitoring/fleet";
import { models } from "../support/fleet";
import { startMonitoring, startOnnx } from "../support/watched";
import { cpuSeconds, freePort, listen, query, residentMib, until } from "../support/watching";

const servers = 100;

const fleet: Fleet = {
  environment: "test",
  namespace: "slm",
  models: Array.from({ length: servers }, (_, index) => ({ ...models.small, name: `m${index}` })),
  gateway: {},
};

describe("a hundred model servers", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "slm-scale-"));
  const standIns: Server[] = [];
  let hook: Awaited<ReturnType<typeof listen>>;
  let watch: Awaited<ReturnType<typeof startMonitoring>>;
  let bytes = 0;

  /** Stand-ins: each serves the page of a real ONNX server, as a model of its own. Prometheus and the pages are real, the servers are not. */
  beforeAll(async () => {
    const engine = await startOnnx(folder, "model", await freePort());
    const page = await (await fetch(`http://${engine.address}/metrics`)).text();
    await engine.kill();
    bytes = page.length;
    const ports: Record<string, number> = {};
    for (const { name } of fleet.models) {
      const text = page.replaceAll('model_name="model"', `model_name="${name}"`);
      const server = createServer((_, response) => void response.setHeader("content-type", "text/plain; version=0.0.4").end(text));
      await once(server.listen(0, "127.0.0.1"), "listening");
      standIns.push(server);
      ports[name] = (server.address() as AddressInfo).port;
    }
    hook = await listen();
    watch = await startMonitoring(folder, fleet, { models: ports, gateway: await freePort() }, hook.url);
  });
  afterAll(async () => {
    await Promise.all([watch?.prometheus.kill(), watch?.alertmanager.kill()]);
    for (const server of [...standIns, hook?.server]) server?.close();
    rmSync(folder, { recursive: true });
  });

  const one = async (expr: string): Promise<number> => Number((await query(watch.prometheus.address, expr))[0]?.value[1] ?? 0);
  const rounds = (): Promise<number> => one('min(count_over_time(up{job="slm-models"}[10m]))');

  it("are all scraped, each in its interval", async () => {
    const all = async () => ((await one('count(up{job="slm-models"} == 1)')) === servers ? true : undefined);
    await until(all, 90, "every server is scraped");
  });

  it("take less than a second of wall time a round: all hundred, one after another", async () => {
    const round: number[] = [];
    for (let seen = await rounds(); round.length < 4; seen = await rounds()) {
      await until(async () => ((await rounds()) > seen ? true : undefined), 60, "another scrape of each");
      round.push(await one('sum(scrape_duration_seconds{job="slm-models"})'));
    }
    const longest = await one('max(max_over_time(scrape_duration_seconds{job="slm-models"}[2m]))');
    const late = await one('max(prometheus_target_interval_length_seconds{quantile="0.99"})');
    const rules = await one("sum(prometheus_rule_group_last_duration_seconds)");
    const reported = round.map((seconds) => seconds.toFixed(2)).join(", ");
    console.log(
      `${servers} servers of ${bytes} bytes: ${reported} s a round; longest scrape ${longest.toFixed(3)} s, interval at the 99th percentile ${late.toFixed(2)} s, rules ${rules.toFixed(2)} s`,
    );
    // The round that others on this machine disturbed least.
    expect(Math.min(...round)).toBeLessThan(1);
    expect(Math.min(...round)).toBeGreaterThan(0);
  });

  it("fit, scraping and rules together, into the cores that Prometheus asks for, and into 600 MiB", async () => {
    const [first, started] = [await rounds(), cpuSeconds(watch.prometheus.pid)];
    const more = async () => ((await rounds()) >= first + 4 ? await rounds() : undefined);
    const [last] = await until(more, 180, "four more scrapes of each");
    const perInterval = (cpuSeconds(watch.prometheus.pid) - started) / (last - first);
    const memory = residentMib(watch.prometheus.pid) + residentMib(watch.alertmanager.pid);
    console.log(`${perInterval.toFixed(2)} s of processor time an interval, ${memory.toFixed(0)} MiB`);
    expect(perInterval).toBeLessThan(prometheusCores * intervalSeconds);
    expect(memory).toBeLessThan(600);
  });
});
