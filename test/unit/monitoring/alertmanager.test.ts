import { describe, expect, it } from "vitest";

import { alertmanagerConfig } from "../../../lib/monitoring/alertmanager-config";
import { type Receiver, secretsOf } from "../../../lib/monitoring/receivers";

const folder = "/etc/alertmanager/secrets";
const mail = { kind: "email", to: "a@b.example", from: "c@d.example", smarthost: "mail:587" } as const;
const oncall: Receiver = { kind: "webhook", url: { secret: "oncall", key: "url" } };
const title =
  '[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .CommonLabels.alertname }} {{ .CommonLabels.model }} ({{ .CommonLabels.environment }})';
const text = "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.runbook_url }}\n{{ end }}";
const kinds: [string, Receiver, object][] = [
  ["a webhook", oncall, { webhook_configs: [{ send_resolved: true, url_file: `${folder}/oncall/url` }] }],
  [
    "Slack",
    { kind: "slack", url: { secret: "team", key: "slack" }, channel: "#slm" },
    { slack_configs: [{ send_resolved: true, api_url_file: `${folder}/team/slack`, channel: "#slm", title, text }] },
  ],
  [
    "PagerDuty",
    { kind: "pagerduty", routingKey: { secret: "pager", key: "key" } },
    {
      pagerduty_configs: [
        {
          send_resolved: true,
          routing_key_file: `${folder}/pager/key`,
          description: title,
          severity: '{{ if eq .CommonLabels.severity "critical" }}critical{{ else }}warning{{ end }}',
          details: { summary: text },
          links: [{ href: "{{ (index .Alerts 0).Annotations.runbook_url }}", text: "Runbook" }],
        },
      ],
    },
  ],
  [
    "Teams",
    { kind: "teams", url: { secret: "team", key: "teams" } },
    { msteamsv2_configs: [{ send_resolved: true, webhook_url_file: `${folder}/team/teams`, title, text }] },
  ],
  [
    "mail",
    { ...mail, username: "u", password: { secret: "mail", key: "password" } },
    {
      email_configs: [
        {
          send_resolved: true,
          to: "a@b.example",
          from: "c@d.example",
          smarthost: "mail:587",
          headers: { Subject: title },
          text,
          auth_username: "u",
          auth_password_file: `${folder}/mail/password`,
        },
      ],
    },
  ],
  [
    "mail without credentials",
    mail,
    {
      email_configs: [
        { send_resolved: true, to: "a@b.example", from: "c@d.example", smarthost: "mail:587", headers: { Subject: title }, text },
      ],
    },
  ],
];

const equal = ["environment", "namespace", "model"];

describe("Alertmanager's configuration", () => {
  it("routes by severity, and mutes what a rollout explains and what was notified already", () => {
    expect(alertmanagerConfig({ pager: oncall, team: oncall }, { critical: "pager", warning: "team", watchdog: "pager" })).toEqual({
      route: {
        receiver: "team",
        group_by: ["environment", "alertname", "model", "severity"],
        group_wait: "10s",
        group_interval: "30s",
        repeat_interval: "4h",
        routes: [
          { matchers: ['alertname="Watchdog"'], receiver: "pager", repeat_interval: "5m" },
          { matchers: ['severity="none"'], receiver: "nobody" },
          { matchers: ['severity="critical"'], receiver: "pager" },
        ],
      },
      inhibit_rules: [
        { source_matchers: ['alertname="ModelRollingOut"'], target_matchers: ['during_rollout="mute"'], equal },
        {
          source_matchers: ['alertname="ModelUnreachable"'],
          target_matchers: ['alertname=~"AvailabilityBurn.*|FirstTokenBurn.*|TimePerTokenBurn.*|ScalerBlind|ReplicaUnready"'],
          equal,
        },
        { source_matchers: ['alertname=~".*BurnFast"'], target_matchers: ['alertname=~".*Burn(Slow|Long)"'], equal: [...equal, "slo"] },
        { source_matchers: ['alertname=~".*BurnSlow"'], target_matchers: ['alertname=~".*BurnLong"'], equal: [...equal, "slo"] },
      ],
      receivers: [{ name: "nobody" }, { name: "pager", ...kinds[0]![2] }, { name: "team", ...kinds[0]![2] }],
    });
  });

  it("sends the alert that always fires to nobody, where nobody waits for it", () => {
    const { route } = alertmanagerConfig({ team: oncall }, { critical: "team", warning: "team" }) as { route: { routes: object[] } };
    expect(route.routes[0]).toEqual({ matchers: ['alertname="Watchdog"'], receiver: "nobody", repeat_interval: "5m" });
  });

  it.each(kinds)("reads the credentials of %s from files", (_kind, receiver, written) => {
    const config = alertmanagerConfig({ one: receiver }, { critical: "one", warning: "one" });
    expect(config).toMatchObject({ receivers: [{ name: "nobody" }, { name: "one" }] });
    expect((config as { receivers: object[] }).receivers).toEqual([{ name: "nobody" }, { name: "one", ...written }]);
  });

  it("needs each Secret once, in order, and none for mail without a password", () => {
    expect(secretsOf(Object.fromEntries(kinds.map(([name, receiver]) => [name, receiver])))).toEqual(["mail", "oncall", "pager", "team"]);
    expect(secretsOf({ mail })).toEqual([]);
  });
});
