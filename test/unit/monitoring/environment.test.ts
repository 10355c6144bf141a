import { expect, it } from "vitest";
import { z } from "zod";

import { monitoring, monitoringFaults, monitoringImages, objectivesOf, officialImages } from "../../../lib/environment/monitoring-config";

const section = {
  mode: "standalone",
  receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
  routes: { critical: "oncall", warning: "oncall" },
};
const models = { chat: { engine: "vllm", version: "0.33.0" }, tiny: { engine: "ollama", version: "0.32.15" } } as const;

it("reports every mistake of the section at once, each with its path", () => {
  const bad = {
    ...section,
    storageGib: 10,
    retentionGib: 9,
    retentionDays: 0,
    routes: { critical: "oncal", warning: "oncall" },
    objectives: { default: { availability: 1 } },
  };
  const message = z.prettifyError(monitoring.safeParse(bad).error!);
  for (const part of [
    "must be at least 1 day\n  → at retentionDays",
    "must be above 0 and below 1\n  → at objectives.default.availability",
    "must be one of the receivers: oncall\n  → at routes.critical",
    "must be at most 8 GiB, 80 % of the volume of 10 GiB; enlarge the volume or keep less\n  → at retentionGib",
  ])
    expect(message).toContain(part);
  expect(message.match(/✖/g)).toHaveLength(4);
});

it("compares no fields that are themselves wrong", () => {
  for (const wrong of [
    { routes: 7 },
    { receivers: 7 },
    { receivers: undefined },
    { storageGib: "much", retentionGib: 3 },
    { unknown: 1 },
    { mode: "x" },
  ])
    expect(monitoring.safeParse({ ...section, ...wrong }).error!.issues, JSON.stringify(wrong)).toHaveLength(1);
});

it("takes no address of a receiver in clear", () => {
  const clear = { ...section, receivers: { oncall: { kind: "slack", url: "https://hooks.example/T0/B0", channel: "#a" } } };
  expect(monitoring.safeParse(clear).success).toBe(false);
  expect(monitoring.safeParse(section).success).toBe(true);
});

/** What is wrong with a section, each mistake as `path: message`. */
const faultsOf = (more: object): string[] =>
  (monitoring.safeParse({ ...section, ...more }).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
const place = { namespace: "gateway", label: { name: "app", value: "envoy" } };
const dns = "must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter";
const password = "must be { secret, key }, or { env } with the name of a variable";

it("fills in what a section leaves out", () => {
  const shared = { namespace: "slm-monitoring", objectives: {}, keys: [] };
  expect(monitoring.parse(section)).toEqual({ ...section, ...shared, readers: [] });
  expect(monitoring.parse({ mode: "operator", gateway: place, gpus: place })).toEqual({
    mode: "operator",
    prometheusNamespace: "monitoring",
    ...shared,
    gateway: { ...place, port: "metrics" },
    gpus: { ...place, port: "metrics", counters: "default" },
  });
  expect(monitoring.parse({ mode: "azure" })).toEqual({ mode: "azure", ...shared });
});

it.each<[object, string[]]>([
  [{ storageGib: 10, retentionGib: 8 }, []],
  [
    { storageGib: 10, retentionGib: 8.1 },
    ["retentionGib: must be at most 8 GiB, 80 % of the volume of 10 GiB; enlarge the volume or keep less"],
  ],
  // A volume is of 10 GiB unless set otherwise.
  [{ retentionGib: 8 }, []],
  [{ retentionGib: 9 }, ["retentionGib: must be at most 8 GiB, 80 % of the volume of 10 GiB; enlarge the volume or keep less"]],
  [{ routes: { critical: "oncall", warning: "oncall", watchdog: "nobody" } }, ["routes.watchdog: must be one of the receivers: oncall"]],
  [{ externalUrls: { alertmanager: "watch.example" } }, ["externalUrls.alertmanager: must be a URL of http or https"]],
  [{ receivers: { ON: section.receivers.oncall } }, ["receivers.ON: Invalid key in record"]],
  [{ namespace: "Watch" }, [`namespace: ${dns}`]],
  [{ readers: ["keda", "Keda"] }, [`readers.1: ${dns}`]],
  [{ storageGib: 0 }, ["storageGib: must be at least 1 GiB"]],
  [{ memoryMib: 255 }, ["memoryMib: must be at least 256 MiB"]],
  [{ objectives: { chat: { firstToken: { seconds: 0, ratio: 0.9 } } } }, ["objectives.chat.firstToken.seconds: must be above 0 s"]],
  [{ objectives: { chat: { firstToken: { seconds: 1, ratio: 1 } } } }, ["objectives.chat.firstToken.ratio: must be above 0 and below 1"]],
  [{ keys: [{ name: "a", expiresAt: "2027-06-01" }] }, []],
  [{ keys: [{ name: "a", expiresAt: "2027-06-01T12:00:00Z" }] }, []],
  [{ keys: [{ name: "a", expiresAt: "soon" }] }, ["keys.0.expiresAt: Invalid input"]],
  [{ runbookBase: "https://runbooks.example" }, []],
  [{ runbookBase: "runbooks" }, ["runbookBase: Invalid URL"]],
  [{ gateway: { ...place, namespace: "Gateway" } }, [`gateway.namespace: ${dns}`]],
  [{ gpus: { ...place, counters: "all" } }, ['gpus.counters: Invalid option: expected one of "default"|"throttling"']],
  [{ grafana: { adminPassword: { secret: "grafana", key: "pw" } } }, []],
  [{ grafana: { adminPassword: { env: "GRAFANA_PASSWORD" } } }, []],
  [{ grafana: { adminPassword: "planted" } }, [`grafana.adminPassword: ${password}`]],
  [{ grafana: { adminPassword: { env: "grafana" } } }, ["grafana.adminPassword.env: must be the name of a variable, such as HF_TOKEN"]],
  [{ grafana: { adminPassword: { env: "P" }, storageGib: 5000 } }, ["grafana.storageGib: must be at most 4096 GiB"]],
  [{ traces: {}, logs: { kind: "files" } }, []],
  [{ traces: {} }, ["traces: must come with logs, whose target they share"]],
  [{ mode: "operator" }, ['"receivers", "routes"']],
])("%j is wrong in this: %j", (more, faults) => {
  const found = faultsOf(more);
  expect(found).toHaveLength(faults.length);
  for (const [index, fault] of faults.entries()) expect(found[index]).toContain(fault);
});

it("asks for traces to come with logs in every mode", () => {
  for (const mode of ["operator", "azure"])
    expect(z.prettifyError(monitoring.safeParse({ mode, traces: {} }).error!)).toBe(
      "✖ must come with logs, whose target they share\n  → at traces",
    );
});

it.each<[object | undefined, string[]]>([
  [undefined, []],
  [section, ["prometheus", "alertmanager"]],
  [{ ...section, grafana: { adminPassword: { env: "P" } } }, ["prometheus", "alertmanager", "grafana"]],
  [{ ...section, logs: { kind: "files" } }, ["prometheus", "alertmanager", "otel-collector"]],
  [{ mode: "operator" }, []],
  [{ mode: "azure", logs: { kind: "files" } }, ["otel-collector"]],
])("%j needs the images %j", (raw, images) => {
  const needed = monitoringImages(raw && monitoring.parse(raw));
  expect(needed).toEqual(images);
  for (const name of needed) expect(officialImages[name]).toMatch(/^[a-z0-9./-]+:v?\d+\.\d+\.\d+$/);
});

it("knows what each model promises: its own, the environment's, ours", () => {
  const parsed = monitoring.parse({
    ...section,
    objectives: { default: { availability: 0.9 }, chat: { firstToken: { seconds: 1, ratio: 0.8 } } },
  });
  expect(objectivesOf(parsed, "chat", models.chat)).toEqual({ availability: 0.99, firstToken: { seconds: 1, ratio: 0.8 } });
  expect(objectivesOf(parsed, "tiny", models.tiny)).toEqual({ availability: 0.9 });
  expect(objectivesOf(monitoring.parse(section), "chat", models.chat)).toEqual({
    availability: 0.99,
    firstToken: { seconds: 2.5, ratio: 0.95 },
  });
});

it("finds promises for models that are not there, and that an engine cannot keep", () => {
  const parsed = monitoring.parse({
    ...section,
    objectives: {
      default: { firstToken: { seconds: 3, ratio: 0.8 } },
      chta: { availability: 0.9 },
      chat: { firstToken: { seconds: 3, ratio: 0.8 } },
      tiny: { firstToken: { seconds: 1, ratio: 0.8 } },
    },
  });
  expect(monitoringFaults(parsed, models)).toEqual([
    { path: ["monitoring", "objectives", "chta"], message: "must be a model of this environment: chat, tiny" },
    {
      path: ["monitoring", "objectives", "chat", "firstToken", "seconds"],
      message: "must be a bound of the histogram's buckets, the nearest are 2.5 and 5",
    },
    {
      path: ["monitoring", "objectives", "tiny", "firstToken", "seconds"],
      message: "ollama 0.32.15 does not measure the time to the first token: leave the objective out",
    },
  ]);
});

it("finds promises of the default that a model without its own cannot keep", () => {
  const latency = { seconds: 1, ratio: 0.8 };
  const parsed = monitoring.parse({
    ...section,
    objectives: { default: { timePerOutputToken: latency }, chat: { timePerOutputToken: latency } },
  });
  expect(monitoringFaults(parsed, models)).toEqual([
    {
      path: ["monitoring", "objectives", "default", "timePerOutputToken", "seconds"],
      message:
        "ollama 0.32.15 does not measure the time per output token: leave the objective out; tiny takes the default, unless it has an entry of its own",
    },
  ]);
  expect(objectivesOf(parsed, "chat", models.chat).timePerOutputToken).toEqual(latency);
});
