import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { alertmanagerConfig, secretsOf } from "../../../lib/monitoring/alertmanager-config";
import { alerts, promisedSeconds, ruleGroups } from "../../../lib/monitoring/alerts";
import type { Fleet } from "../../../lib/monitoring/fleet";
import { prometheusConfig } from "../../../lib/monitoring/prometheus-config";
import { recordingRules } from "../../../lib/monitoring/recording-rules";
import { runbookName } from "../../../lib/monitoring/rule";
import { gatewayTarget, modelTarget, podMonitorSpec, scrapeConfig } from "../../../lib/monitoring/scrape";
import { checkout } from "../../../tools/lib/places";
import { allWatchers, models, wholeFleet } from "../../support/fleet";

const every = alerts(wholeFleet, allWatchers);
const runbooks = path.join(checkout, "docs/runbooks");

describe("alerts", () => {
  it.each(every.map(({ name }) => [name, `${runbookName(name)}.md`] as const))("%s has a page that says what to do: %s", (name, file) => {
    expect(existsSync(path.join(runbooks, file)), file).toBe(true);
    const page = readFileSync(path.join(runbooks, file), "utf8");
    expect(page.split("\n")[0]).toBe(`# ${name}`);
    for (const part of ["## What it means", "## What to do", "## Silence"]) expect(page).toContain(part);
  });

  it("have no page without an alert", () => {
    const pages = readdirSync(runbooks).filter((file) => file !== "README.md");
    expect(pages.sort()).toEqual(every.map(({ name }) => `${runbookName(name)}.md`).sort());
  });

  it("have a severity and a summary of one line, and link to their page", () => {
    const [group] = ruleGroups(wholeFleet, allWatchers, "https://runbooks.example");
    const written = group!.rules.filter((rule) => "alert" in rule);
    expect(written).toHaveLength(every.length);
    for (const rule of written) {
      expect(["critical", "warning", "none"]).toContain(rule.labels["severity"]);
      expect(rule.annotations["summary"]).toMatch(/^[^\n]{10,140}$/);
      expect(rule.annotations["runbook_url"]).toBe(`https://runbooks.example/${runbookName(rule.alert)}.md`);
    }
  });

  it("exist only where something can tell: no GPU, no gateway, no scaler, no vLLM, nothing of ours running", () => {
    const onnx: Fleet = { namespace: "slm", models: [{ ...models.small, autoscaled: false }] };
    expect(alerts(onnx, { jobs: [], alertmanager: false }).map(({ name }) => name)).toEqual([
      "FirstTokenBurnFast",
      "FirstTokenBurnSlow",
      "AvailabilityBurnFast",
      "AvailabilityBurnSlow",
      "ModelUnreachable",
      "QueueGrowing",
      "ColdStartOverBudget",
      "CrashLoop",
      "WeightsDownloadFailing",
      "ModelRollingOut",
      "Watchdog",
    ]);
  });

  it("say nothing about pods, and nothing of a model in Ollama that nobody can tell of, without kube-state-metrics", () => {
    const ollama: Fleet = { namespace: "slm", models: [models.tiny], kubeState: false };
    const names = alerts(ollama, { jobs: [], alertmanager: false }).map(({ name }) => name);
    expect(names).toEqual(["AvailabilityBurnFast", "AvailabilityBurnSlow", "ModelUnreachable", "Watchdog"]);
    const up = (fleet: Fleet) => recordingRules(fleet).find(({ record }) => record === "slm:model:up")?.expr;
    expect(up(ollama)).toBeUndefined();
    expect(up({ ...ollama, gateway: {} })).toBe(
      'clamp_max(max by (model) (envoy_cluster_membership_healthy{model=~"tiny"}), 1) or 0 * max by (model) (slm:model:info{model=~"tiny"})',
    );
  });

  it("take each model's cold-start budget from its plan", () => {
    const slow: Fleet = {
      namespace: "slm",
      models: [{ ...models.chat, coldStart: { imageSeconds: 100, weightsSeconds: 200, loadSeconds: 34 } }],
    };
    expect(alerts(slow, allWatchers).find(({ name }) => name === "ColdStartOverBudget")!.expr).toContain("> 334 ");
  });

  it("promise a time to the message: scrape, timeout, evaluation, the wait, and the group's", () => {
    expect(promisedSeconds({ forSeconds: 60 })).toBe(15 + 10 + 15 + 60 + 30);
  });
});

const receivers = {
  oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } },
  team: { kind: "teams", url: { secret: "team", key: "url" } },
  chat: { kind: "slack", url: { secret: "team", key: "slack" }, channel: "#slm" },
  mail: {
    kind: "email",
    to: "a@b.example",
    from: "c@d.example",
    smarthost: "mail:587",
    username: "u",
    password: { secret: "mail", key: "password" },
  },
} as const;

describe("Alertmanager's configuration", () => {
  const config = alertmanagerConfig(receivers, { critical: "oncall", warning: "team", watchdog: "oncall" }) as {
    receivers: object[];
    route: { routes: object[] };
  };

  it("reads every credential from a mounted secret", () => {
    const folder = "/etc/alertmanager/secrets";
    expect(config.receivers).toEqual([
      { name: "nobody" },
      { name: "oncall", webhook_configs: [{ send_resolved: true, url_file: `${folder}/oncall/url` }] },
      { name: "team", msteamsv2_configs: [{ send_resolved: true, webhook_url_file: `${folder}/team/url` }] },
      { name: "chat", slack_configs: [{ send_resolved: true, api_url_file: `${folder}/team/slack`, channel: "#slm" }] },
      {
        name: "mail",
        email_configs: [
          {
            send_resolved: true,
            to: "a@b.example",
            from: "c@d.example",
            smarthost: "mail:587",
            auth_username: "u",
            auth_password_file: `${folder}/mail/password`,
          },
        ],
      },
    ]);
    expect(secretsOf(receivers)).toEqual(["mail", "oncall", "team"]);
  });

  it("wakes up for critical alerts, and tells nobody of what only tells the rules something", () => {
    expect(config.route).toMatchObject({ receiver: "team" });
    expect(config.route.routes).toEqual([
      expect.objectContaining({ matchers: ['alertname="Watchdog"'], receiver: "oncall" }),
      { matchers: ['severity="none"'], receiver: "nobody" },
      { matchers: ['severity="critical"'], receiver: "oncall" },
    ]);
  });
});

describe("scraping", () => {
  it("labels the series of a model server with its model, and leaves models in Ollama out", () => {
    const target = modelTarget(wholeFleet)!;
    expect(target.label).toEqual({ name: "app.kubernetes.io/instance", values: ["chat", "small"] });
    expect(scrapeConfig(target)).toMatchObject({
      job_name: "slm-models",
      kubernetes_sd_configs: [{ role: "pod", selectors: [{ role: "pod", label: "app.kubernetes.io/instance in (chat, small)" }] }],
      relabel_configs: expect.arrayContaining([
        { source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_instance"], target_label: "model" },
      ]),
    });
    expect(modelTarget({ namespace: "slm", models: [models.tiny] })).toBeUndefined();
  });

  it("finds the model in the name of Envoy Gateway's clusters", () => {
    const place = { namespace: "gateway", label: { name: "app.kubernetes.io/name", value: "envoy" }, port: "metrics" };
    const [rule] = gatewayTarget(wholeFleet, place).metricRelabel;
    expect(new RegExp(`^${rule!.regex}$`).exec("httproute/slm/chat/rule/0")![1]).toBe("chat");
    expect(rule!.to).toBe("model");
  });

  it("says the same to an operator, and puts its own job back", () => {
    expect(podMonitorSpec(modelTarget(wholeFleet)!, "15s")).toMatchObject({
      namespaceSelector: { matchNames: ["slm"] },
      selector: { matchExpressions: [{ key: "app.kubernetes.io/instance", operator: "In", values: ["chat", "small"] }] },
      podMetricsEndpoints: [
        { port: "http", interval: "15s", relabelings: expect.arrayContaining([{ targetLabel: "job", replacement: "slm-models" }]) },
      ],
    });
  });

  it("keeps the labels of what kube-state-metrics tells of", () => {
    const config = prometheusConfig({
      environment: "test",
      ruleFile: "/r",
      pods: [],
      fixed: [{ job: "kube-state-metrics", address: "k:8080", honorLabels: true }],
    });
    expect(config).toMatchObject({ scrape_configs: [{ job_name: "kube-state-metrics", honor_labels: true }], rule_files: ["/r"] });
  });
});
