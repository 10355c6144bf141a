import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Fleet } from "../../components/lib/monitoring/fleet";
import { models } from "../support/fleet";
import { onnxParts, startMonitoring, startOnnx } from "../support/watched";
import { cpuSeconds, freePort, listen, query, residentMib, until } from "../support/watching";

const servers = 100;
const parts = onnxParts();
if (!parts) console.warn("skipped: the ONNX server and its model are not built; run `make test-onnx-server` once");

const fleet: Fleet = {
  namespace: "slm",
  models: Array.from({ length: servers }, (_, index) => ({ ...models.small, name: `m${index}` })),
  gateway: {},
};

describe.skipIf(!parts)("a hundred model servers", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "slm-scale-"));
  const standIns: Server[] = [];
  let hook: Awaited<ReturnType<typeof listen>>;
  let watch: Awaited<ReturnType<typeof startMonitoring>>;
  let bytes = 0;

  /** Stand-ins: each serves the page of a real ONNX server, as a model of its own. Prometheus and the pages are real, the servers are not. */
  beforeAll(async () => {
    const engine = await startOnnx(parts!, folder, "model", await freePort());
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

  // Processor time, because waiting for a processor that others use says nothing about Prometheus.
  it("cost less than a second of processor time at each interval, scraping and rules together, and fit into 600 MiB", async () => {
    const one = async (expr: string): Promise<number> => Number((await query(watch.prometheus.address, expr))[0]?.value[1] ?? 0);
    const rounds = (): Promise<number> => one('min(count_over_time(up{job="slm-models"}[10m]))');
    await until(
      async () => ((await one('count(up{job="slm-models"} == 1)')) === servers ? true : undefined),
      90,
      "every server is scraped",
    );
    const [first, started] = [await rounds(), cpuSeconds(watch.prometheus.pid)];
    const [last] = await until(async () => ((await rounds()) >= first + 4 ? await rounds() : undefined), 180, "four more scrapes of each");
    const perInterval = (cpuSeconds(watch.prometheus.pid) - started) / (last - first);
    const longest = await one('max(scrape_duration_seconds{job="slm-models"})');
    const memory = residentMib(watch.prometheus.pid) + residentMib(watch.alertmanager.pid);
    console.log(
      `${servers} servers of ${bytes} bytes: ${perInterval.toFixed(2)} s of processor time an interval, ${longest.toFixed(3)} s for the longest scrape, ${memory.toFixed(0)} MiB`,
    );
    expect(perInterval).toBeLessThan(1);
    expect(memory).toBeLessThan(600);
  });
});
