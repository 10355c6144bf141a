import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { alertmanagerConfig, secretFolder } from "../../lib/monitoring/alertmanager-config";
import { listenForMail } from "../support/mail";
import { programs } from "../support/watched";
import { configFile, freePort, type Running, start, until } from "../support/watching";

const folder = mkdtempSync(path.join(tmpdir(), "slm-receivers-"));
const secrets = path.join(folder, "secrets");

/** What came by HTTP, by its path. */
const posted: { path: string; body: string }[] = [];
let chats: Server;
let mail: Awaited<ReturnType<typeof listenForMail>>;
let manager: Running;

beforeAll(async () => {
  chats = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    posted.push({ path: request.url!, body });
    response.end("ok");
  }).listen(0, "127.0.0.1");
  await once(chats, "listening");
  mail = await listenForMail(folder);
  const base = `http://127.0.0.1:${(chats.address() as AddressInfo).port}`;
  configFile(path.join(secrets, "team"), "url", `${base}/teams/of-a-test`);
  configFile(path.join(secrets, "chat"), "url", `${base}/slack/of-a-test`);
  configFile(path.join(secrets, "mail"), "password", "of-a-test");
  const config = alertmanagerConfig(
    {
      mail: {
        kind: "email",
        to: "oncall@slm.example",
        from: "watch@slm.example",
        smarthost: `localhost:${mail.port}`,
        username: "watch",
        password: { secret: "mail", key: "password" },
      },
      team: { kind: "teams", url: { secret: "team", key: "url" } },
      chat: { kind: "slack", url: { secret: "chat", key: "url" }, channel: "#slm" },
    },
    { critical: "mail", warning: "team", watchdog: "chat" },
  );
  const file = configFile(folder, "alertmanager.json", JSON.stringify(config).replaceAll(secretFolder, secrets));
  const port = await freePort();
  const flags = [`--storage.path=${folder}/state`, "--cluster.listen-address=", `--web.listen-address=127.0.0.1:${port}`];
  vi.stubEnv("SSL_CERT_FILE", mail.certificate);
  manager = await start("alertmanager", folder, [(await programs()).alertmanager, `--config.file=${file}`, ...flags], port, "/-/ready");
  vi.unstubAllEnvs();
  const alert = (alertname: string, severity: string) => ({
    labels: { alertname, severity, model: "chat" },
    annotations: { summary: `${alertname} of a test`, runbook_url: "https://runbooks.example/page.md" },
  });
  const body = JSON.stringify([alert("ModelUnreachable", "critical"), alert("QueueGrowing", "warning"), alert("Watchdog", "none")]);
  await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, { method: "POST", body, headers: { "content-type": "application/json" } });
});
afterAll(async () => {
  await manager?.kill();
  chats?.close();
  mail?.server.close();
  rmSync(folder, { recursive: true });
});

describe("a message reaches, by the address or the password of a secret,", () => {
  it("a mail server, encrypted and under the receiver's name", async () => {
    const [message] = await until(() => mail.got[0], 90, "the mail");
    expect(message).toMatchObject({ login: "watch:of-a-test", encrypted: true });
    expect([message.from, message.to].map((one) => one.replace(/^<(.*)>.*$/, "$1"))).toEqual(["watch@slm.example", "oncall@slm.example"]);
    expect(message.text).toContain("ModelUnreachable");
    expect(message.text).not.toContain("QueueGrowing");
  });

  it.each([
    ["Teams", "/teams/of-a-test", "QueueGrowing", '"contentType":"application/vnd.microsoft.card.adaptive"'],
    ["Slack", "/slack/of-a-test", "Watchdog", '"channel":"#slm"'],
  ])("%s, in its format", async (_kind, at, alert, part) => {
    const [{ body }] = await until(() => posted.find((one) => one.path === at), 90, "the message");
    for (const expected of [alert, part]) expect(body).toContain(expected);
  });
});
