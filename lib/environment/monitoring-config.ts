import { z } from "zod";
import type { EngineRelease } from "../engines/metric-roles";
import * as general from "../limits";
import * as limits from "../monitoring/limits";
import { defaultObjectives, latencyFault, latencyNames, type Objectives, objectiveRatio } from "../monitoring/objectives";
import { own } from "../own";

/** What one model promises; what is left out is {@link defaultObjectives}. */
const latency = z
  .strictObject({
    seconds: z
      .number()
      .positive("must be above 0 s")
      .describe("Longest time that counts as good, in seconds; one that the engine measures."),
    ratio: objectiveRatio.describe("Share of requests that keep it; above 0, below 1."),
  })
  .optional();
const objectives = z.strictObject({
  availability: objectiveRatio.optional().describe("Share of requests that are answered; above 0, below 1. Default: 0.99."),
  firstToken: latency.describe("Time to the first token. Default: 95 % within 2.5 s; none for Ollama, which does not measure it."),
  timePerOutputToken: latency.describe("Time per output token after the first. Default: none, since it depends on the GPU."),
});

/** Pods of others: the gateway's Envoy, or the DCGM exporter. */
const place = z.strictObject({
  namespace: general.dnsLabel.describe("Namespace of the pods."),
  label: z
    .strictObject({ name: z.string().describe("Name of the label."), value: z.string().describe("Value of the label.") })
    .describe("Label that finds the pods."),
  port: z.string().default("metrics").describe("Name of the container's port."),
});

const shared = {
  namespace: general.dnsLabel
    .default("slm-monitoring")
    .describe("Namespace of the monitoring, which the stack creates. Replaces everything in it."),
  objectives: z
    .record(z.string(), objectives)
    .default({})
    .describe("What models promise, by model; `default` is for every model that is not named."),
  gateway: place
    .extend({
      clusterPattern: z.string().optional().describe("Pattern of Envoy's cluster names that are models. Default: the component's."),
      consumerLabel: z.string().optional().describe("Label of the metrics that names the caller. Default: none."),
    })
    .optional()
    .describe("Pods of the gateway's Envoy, whose requests are monitored. Default: none."),
  gpus: place
    .extend({
      counters: z
        .enum(["default", "throttling"])
        .default("default")
        .describe("Which counters the exporter has: its own, or throttling too."),
    })
    .optional()
    .describe("Pods of the DCGM exporter, whose GPUs are monitored. Default: none."),
  keys: z
    .array(
      z.strictObject({
        name: z.string().describe("Name of the key, as the alert tells it."),
        expiresAt: z.union([z.iso.date(), z.iso.datetime()]).describe("Date or time on which it ends."),
      }),
    )
    .default([])
    .describe("Keys and the date on which each ends; two weeks before, an alert tells."),
  runbookBase: z.url().optional().describe("Where docs/runbooks is published; alerts link there. Default: docs/runbooks."),
  logs: limits.logTarget.optional().describe("Where logs of the models' and the gateway's pods go. Default: they stay on their nodes."),
  traces: limits.traces.optional().describe("Spans of the requests, sampled; they go where the logs go. Default: none."),
};

/** Grafana's administrator: a Secret that is there, or the variable that holds the password, which the environment's store then keeps. */
const adminPassword = z.union([limits.secretKey, general.variableName], "must be { secret, key }, or { env } with the name of a variable");

/** Where messages go, and who is notified of what. */
const messages = {
  receivers: z.record(general.dnsLabel, limits.receiver).describe("Where messages go, by a name of your own."),
  routes: z
    .strictObject({
      critical: z.string().describe("Receiver of what must be fixed now."),
      warning: z.string().describe("Receiver of what can wait for the day."),
    })
    .describe("Which receiver gets what."),
};

const standalone = z.strictObject({
  ...shared,
  mode: z.literal("standalone"),
  retentionDays: limits.retentionDays.optional().describe("Days for which series are kept. Default: 15."),
  retentionGib: z
    .number()
    .optional()
    .describe("Size at which the oldest series are dropped, in GiB; at most 80 % of the volume. Default: 80 % of the volume."),
  storageGib: general.storageGib
    .optional()
    .describe("Volume of the series, in GiB. A larger one grows it where its storage class can; a smaller one is refused. Default: 10."),
  memoryMib: general.memoryMib.optional().describe("Memory limit of Prometheus, in MiB. Default: 512."),
  ...messages,
  routes: messages.routes
    .extend({ watchdog: z.string().optional().describe("Receiver of the heartbeat that says that alerts arrive. Default: none.") })
    .describe("Which receiver gets what."),
  externalUrls: z
    .strictObject({
      prometheus: limits.externalUrl.optional().describe("Address of the pages of Prometheus. Default: none; links name the pod."),
      alertmanager: limits.externalUrl.optional().describe("Address of the pages of Alertmanager. Default: none; links name the pod."),
    })
    .optional()
    .describe("Where people reach the pages of Prometheus and Alertmanager; links in messages begin with them."),
  readers: z
    .array(general.dnsLabel)
    .default([])
    .describe("Namespaces that may ask Prometheus, such as a scaler's. Default: only the monitoring's own."),
  grafana: z
    .strictObject({
      adminPassword: adminPassword.describe(
        "The administrator's password: a Secret of the monitoring's namespace, or the variable that holds it.",
      ),
      storageGib: general.storageGib.optional().describe("Volume of Grafana's own state, in GiB. Default: 1."),
      readers: z.array(general.dnsLabel).optional().describe("Namespaces that may reach Grafana, such as the gateway's."),
    })
    .optional()
    .describe("Grafana with our dashboards. Default: none."),
});

const operator = z.strictObject({
  ...shared,
  mode: z.literal("operator"),
  labels: z
    .record(z.string(), z.string())
    .optional()
    .describe("Labels by which the operator finds monitors and rules, such as release: kube-prometheus-stack. Default: none."),
  dashboardLabels: z
    .record(z.string(), z.string())
    .optional()
    .describe('Labels by which Grafana\'s sidecar finds dashboards. Default: grafana_dashboard: "1".'),
  prometheusNamespace: general.dnsLabel
    .default("monitoring")
    .describe("Namespace of the operator's Prometheus, which reads metrics of the models."),
  messages: z
    .strictObject(messages)
    .optional()
    .describe("Where messages go; the Secrets are in the models' namespace. Default: the operator's own routes."),
});

const azure = z.strictObject({ ...shared, mode: z.literal("azure") });

/** Fields that are compared with each other. */
const compared = new Set<unknown>(["mode", "messages", "routes", "receivers", "retentionGib", "storageGib", "logs", "traces"]);

/** Section `monitoring:` of an environment. What is compared is reported together with every other mistake. */
export const monitoring = z.discriminatedUnion("mode", [standalone, operator, azure]).superRefine(crossFaults, {
  when: ({ issues }) => issues.every(({ path = [] }) => path.length > 0 && !compared.has(path[0])),
});

function crossFaults(settings: Parsed, context: z.RefinementCtx): void {
  if (settings.traces && !settings.logs)
    context.addIssue({ code: "custom", path: ["traces"], message: "must come with logs, whose target they share" });
  const notifications = settings.mode === "operator" ? settings.messages : settings.mode === "standalone" ? settings : undefined;
  const at = settings.mode === "operator" ? ["messages"] : [];
  for (const [route, name] of Object.entries(notifications?.routes ?? {}))
    report(context, [...at, "routes", route], limits.receiverName(Object.keys(notifications!.receivers)), name);
  if (settings.mode !== "standalone") return;
  if (settings.retentionGib !== undefined)
    report(context, ["retentionGib"], limits.retentionGib(settings.storageGib ?? 10), settings.retentionGib);
}
type Parsed = z.infer<typeof standalone> | z.infer<typeof operator> | z.infer<typeof azure>;

/** A section, parsed. */
export type MonitoringSection = z.infer<typeof monitoring>;

function report(context: z.RefinementCtx, path: string[], schema: z.ZodType, value: unknown): void {
  for (const { message } of schema.safeParse(value).error?.issues ?? []) context.addIssue({ code: "custom", path, message, input: value });
}

/** What a model promises in this environment. Ollama does not measure its first token, so by default it promises none. */
export function objectivesOf({ objectives }: Pick<MonitoringSection, "objectives">, model: string, { engine }: EngineRelease): Objectives {
  const given = own(objectives, model) ?? objectives["default"] ?? {};
  const firstToken = given.firstToken ?? (engine === "ollama" ? undefined : defaultObjectives.firstToken);
  return {
    availability: given.availability ?? defaultObjectives.availability,
    ...(firstToken ? { firstToken } : {}),
    ...(given.timePerOutputToken ? { timePerOutputToken: given.timePerOutputToken } : {}),
  };
}

/** What the section says of models that the environment does not have, or that their engines cannot keep: to be reported with every other mistake. */
export function monitoringFaults(
  section: MonitoringSection,
  models: Readonly<Record<string, EngineRelease>>,
): { path: string[]; message: string }[] {
  const at = ["monitoring", "objectives"];
  const unknown = Object.keys(section.objectives)
    .filter((name) => name !== "default" && !Object.hasOwn(models, name))
    .map((name) => ({ path: [...at, name], message: `must be a model of this environment: ${Object.keys(models).join(", ")}` }));
  const impossible = Object.entries(models).flatMap(([model, release]) => {
    const entry = Object.hasOwn(section.objectives, model) ? model : "default";
    return latencyNames.flatMap((latency) => {
      const { seconds } = section.objectives[entry]?.[latency] ?? {};
      const fault = seconds === undefined ? undefined : latencyFault(release, latency, seconds);
      const whose = entry === "default" ? `; ${model} takes the default, unless it has an entry of its own` : "";
      return fault ? [{ path: [...at, entry, latency, "seconds"], message: `${fault}${whose}` }] : [];
    });
  });
  return [...unknown, ...impossible];
}

/**
 * Official images of the monitoring, by their name in the images file, in the versions that were tested or whose names were read: the versions
 * of tools/build/monitoring.ts, kube-state-metrics @c92fe0c5 examples/standard/deployment.yaml, and a release of Grafana that public repositories pin (2026).
 * No digest of them is in our sources, so an environment names them.
 */
export const officialImages = {
  prometheus: "quay.io/prometheus/prometheus:v3.16.0",
  alertmanager: "quay.io/prometheus/alertmanager:v0.34.2",
  "kube-state-metrics": "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0",
  grafana: "docker.io/grafana/grafana:12.4.3",
  "otel-collector": "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:0.165.0",
} as const;
type MonitoringImage = keyof typeof officialImages;

/** Images that the section needs. kube-state-metrics is taken where it is named. */
export function monitoringImages(section: MonitoringSection | undefined): MonitoringImage[] {
  if (!section) return [];
  const own: MonitoringImage[] =
    section.mode === "standalone" ? ["prometheus", "alertmanager", ...(section.grafana ? (["grafana"] as const) : [])] : [];
  return [...own, ...(section.logs ? (["otel-collector"] as const) : [])];
}
