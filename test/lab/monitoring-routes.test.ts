import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { alertmanagerConfig } from "../../lib/monitoring/alertmanager-config";
import type { Receiver } from "../../lib/monitoring/receivers";
import { programs } from "../support/watched";
import { configFile, freePort, type Running, start, until } from "../support/watching";

const receivers: Record<string, Receiver> = {
  oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } },
  team: { kind: "teams", url: { secret: "team", key: "url" } },
  chat: { kind: "slack", url: { secret: "chat", key: "url" }, channel: "#slm" },
  pager: { kind: "pagerduty", routingKey: { secret: "pager", key: "key" } },
  mail: {
    kind: "email",
    to: "a@b.example",
    from: "c@d.example",
    smarthost: "mail:587",
    username: "u",
    password: { secret: "mail", key: "p" },
  },
};
const folder = mkdtempSync(path.join(tmpdir(), "slm-routes-"));
const file = configFile(
  folder,
  "alertmanager.json",
  alertmanagerConfig(receivers, { critical: "oncall", warning: "team", watchdog: "chat" }),
);
let amtool = "";
let manager: Running;

/** Alertmanager's own view of an alert. */
interface RoutedAlert {
  labels: Record<string, string>;
  status: { state: string; inhibitedBy: string[] };
}

beforeAll(async () => {
  const program = await programs();
  amtool = program.amtool;
  const port = await freePort();
  const flags = [`--storage.path=${folder}/state`, "--cluster.listen-address=", `--web.listen-address=127.0.0.1:${port}`];
  manager = await start("alertmanager", folder, [program.alertmanager, `--config.file=${file}`, ...flags], port, "/-/ready");
});
afterAll(async () => {
  await manager.kill();
  rmSync(folder, { recursive: true });
});

describe("the routes, in the real Alertmanager", () => {
  it("are valid with a receiver of every kind", async () => {
    const { stdout } = await execa(amtool, ["check-config", file]);
    expect(stdout).toContain("SUCCESS");
    expect(stdout).toContain("6 receivers");
  });

  it.each([
    ["ModelUnreachable", "critical", "oncall"],
    ["QueueGrowing", "warning", "team"],
    ["Watchdog", "none", "chat"],
    ["ModelRollingOut", "none", "nobody"],
  ])("send %s (%s) to %s", async (alertname, severity, receiver) => {
    const { stdout } = await execa(amtool, [
      "config",
      "routes",
      "test",
      `--config.file=${file}`,
      `alertname=${alertname}`,
      `severity=${severity}`,
    ]);
    expect(stdout).toBe(receiver);
  });

  it("mute what a rollout is expected to cause, for its own model and nothing else", async () => {
    const alert = (alertname: string, model: string, during_rollout: string) => ({ labels: { alertname, model, during_rollout } });
    const body = JSON.stringify([
      alert("ModelRollingOut", "chat", "notify"),
      alert("AvailabilityBurnFast", "chat", "mute"),
      alert("CrashLoop", "chat", "notify"),
      alert("AvailabilityBurnFast", "other", "mute"),
    ]);
    const api = `http://${manager.address}/api/v2/alerts`;
    expect((await fetch(api, { method: "POST", body, headers: { "content-type": "application/json" } })).status).toBe(200);
    const [alerts] = await until(
      async () => {
        const alerts = (await (await fetch(api)).json()) as RoutedAlert[];
        return alerts.length === 4 && alerts.every(({ status }) => status.state !== "unprocessed") ? alerts : undefined;
      },
      30,
      "the alerts are processed",
    );
    const suppressed = alerts
      .filter(({ status }) => status.state === "suppressed")
      .map(({ labels }) => [labels["alertname"], labels["model"]]);
    expect(suppressed).toEqual([["AvailabilityBurnFast", "chat"]]);
  });
});
