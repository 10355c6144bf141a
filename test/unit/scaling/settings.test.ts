import { describe, expect, it } from "vitest";

import { scalingFaults, scalingImages, scalingSection } from "../../../lib/environment/scaling-config";
import { cronFault, isTimezone } from "../../../lib/scaling/cron";
import { scaling } from "../../../lib/scaling/settings";

const day = { from: "0 8 * * 1-5", to: "0 20 * * 1-5", timezone: "Europe/Berlin", replicas: 2 };
const faults = (settings: object): string[] =>
  (scaling.safeParse(settings).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("scaling of a model", () => {
  it.each([
    ["two bounds", { min: 1, max: 3 }],
    ["the same bounds", { min: 3, max: 3 }],
    ["every target", { min: 1, max: 3, waiting: 2.5, kvUse: 0.7, concurrency: 8, quietSeconds: 0 }],
    ["working hours", { min: 1, max: 3, schedule: [day] }],
    ["no pod at night", { min: 0, max: 3, toZero: true, schedule: [day] }],
  ])("takes %s", (_name, settings) => expect(faults(settings)).toEqual([]));

  it.each<[string, object, string[]]>([
    ["bounds the wrong way round", { min: 4, max: 3 }, ["min: must be at most max (3), got 4"]],
    ["no pod without a word", { min: 0, max: 3 }, ["min: must be at least 1, or come with toZero: true, got 0"]],
    [
      "no pod, and nothing that starts one",
      { min: 0, max: 3, toZero: true },
      ["schedule: must name a time in which it has pods: no request starts one, got []"],
    ],
    [
      "zero that is not meant",
      { min: 1, max: 3, toZero: true, schedule: [day] },
      ["toZero: must come with min: 0, and min is 1, got true"],
    ],
    [
      "no pod at most",
      { min: 0, max: 0, toZero: true, schedule: [day] },
      ["max: must be at least 1", "schedule.0.replicas: must be from min (0) to max (0), got 2"],
    ],
    ["more pods than there may be", { min: 1, max: 1001 }, ["max: must be at most 1000"]],
    ["parts of pods", { min: 1.5, max: 3 }, ["min: must be a whole number"]],
    [
      "targets that nothing reaches",
      { min: 1, max: 3, waiting: 0, kvUse: 1.2, concurrency: 0 },
      ["waiting: must be above 0 requests", "kvUse: must be at most 1, a full cache", "concurrency: must be above 0 requests"],
    ],
    [
      "a wait that Kubernetes refuses",
      { min: 1, max: 3, quietSeconds: 3601 },
      ["quietSeconds: must be at most 3600 s (1 h), which is Kubernetes' bound"],
    ],
    [
      "a period outside the bounds",
      {
        min: 2,
        max: 3,
        schedule: [
          { ...day, replicas: 4 },
          { ...day, replicas: 1 },
        ],
      },
      ["schedule.0.replicas: must be from min (2) to max (3), got 4", "schedule.1.replicas: must be from min (2) to max (3), got 1"],
    ],
    [
      "a period that never ends",
      { min: 1, max: 3, schedule: [{ ...day, to: day.from }] },
      ["schedule.0.to: must differ from `from`: a period without an end is `min`"],
    ],
    [
      "times that are none",
      { min: 1, max: 3, schedule: [{ ...day, from: "8:00", to: "0 24 * * *", timezone: "Berlin" }] },
      [
        "schedule.0.from: must have 5 fields, such as 0 8 * * 1-5: minute, hour, day of the month, month, day of the week; it has 1",
        "schedule.0.to: must have *, numbers from 0 to 23, ranges or lists as its hour; it has 24",
        "schedule.0.timezone: must be a time zone such as Europe/Berlin or UTC",
      ],
    ],
    ["too many periods", { min: 1, max: 3, schedule: Array(11).fill(day) }, ["schedule: must be at most 10 periods"]],
  ])("refuses %s", (_name, settings, expected) => expect(faults(settings)).toEqual(expected));
});

describe("a cron expression", () => {
  it.each(["* * * * *", "0 8 * * mon-fri", "*/15 0-6/2 1,15 JAN 0", "59 23 31 12 6"])("may be %s", (text) =>
    expect(cronFault(text)).toBeUndefined(),
  );
  it.each([
    ["60 8 * * *", "minute"],
    ["0 8 0 * *", "day of the month"],
    ["0 8 * 13 *", "month"],
    ["0 8 * * 7", "day of the week"],
    ["0 8 * * fri-mon", "day of the week"],
    ["*/0 8 * * *", "minute"],
    ["0 1-2-3 * * *", "hour"],
    ["0 , * * *", "hour"],
    ["0 -1 * * *", "hour"],
    ["0 8 * * 1-", "day of the week"],
    ["0 mon * * *", "hour"],
  ])("may not be %s, for its %s", (text, field) => expect(cronFault(text)).toContain(`as its ${field}; it has`));
  it("has a time zone by name", () => {
    expect(["UTC", "America/New_York"].map(isTimezone)).toEqual([true, true]);
    expect(["Mars", "", "+02:00"].map(isTimezone)).toEqual([false, false, false]);
  });
});

describe("an environment that scales", () => {
  const section = scalingSection.parse({});
  const chat = { engine: "vllm" as const, scaling: { min: 1, max: 3 } };
  const standalone = { mode: "standalone" };
  const reported = (environment: Parameters<typeof scalingFaults>[0]): string[] =>
    scalingFaults(environment).map(({ path, message }) => `${path.join(".")}: ${message}`);

  it("needs a section, a model, and a Prometheus", () => {
    expect(reported({ scaling: section, monitoring: standalone, models: { chat } })).toEqual([]);
    expect(reported({ scaling: { ...section, prometheusUrl: "http://prometheus:9090" }, models: { chat } })).toEqual([]);
    expect(reported({ models: { chat: { engine: "vllm" } } })).toEqual([]);
    expect(reported({ models: { chat } })).toEqual(["scaling: must be given, as {} or more, where a model is scaled, as chat is"]);
    expect(reported({ scaling: section, models: { chat: { engine: "vllm" } } })).toEqual([
      "scaling: must be left out where no model has scaling",
    ]);
    const noPrometheus = [
      "scaling.prometheusUrl: must be given where monitoring is not standalone: a scaler asks Prometheus; or set monitoring.mode: standalone",
    ];
    expect(reported({ scaling: section, models: { chat } })).toEqual(noPrometheus);
    expect(reported({ scaling: section, monitoring: { mode: "operator" }, models: { chat } })).toEqual(noPrometheus);
  });

  it("says the number of pods once, and by what its engine tells", () => {
    const models = {
      chat: { ...chat, replicas: 2 },
      small: { engine: "onnx" as const, scaling: { min: 1, max: 2, kvUse: 0.5 } },
      tiny: { engine: "ollama" as const, scaling: { min: 1, max: 2, waiting: 1 } },
    };
    expect(reported({ scaling: section, monitoring: standalone, models })).toEqual([
      "models.chat.replicas: must be left out where scaling is given, which sets the pods",
      "models.small.scaling.kvUse: must be left out: onnx tells nothing of it; use waiting or concurrency",
      "models.tiny.scaling.waiting: must be left out: ollama tells nothing of it; use concurrency",
      "models.tiny.scaling: must come with monitoring.gateway: Ollama tells nothing of its requests, and the gateway's Envoy counts them",
    ]);
    const counted = { mode: "standalone", gateway: {} };
    expect(
      reported({ scaling: section, monitoring: counted, models: { tiny: { engine: "ollama", scaling: { min: 1, max: 2 } } } }),
    ).toEqual([]);
  });

  it("needs images of KEDA where it installs it", () => {
    expect(scalingImages(undefined)).toEqual([]);
    expect(scalingImages(scalingSection.parse({ keda: "existing" }))).toEqual([]);
    expect(scalingImages(section)).toEqual(["keda", "keda-metrics-apiserver"]);
    expect(section).toEqual({ keda: "installed", namespace: "slm-keda" });
  });
});
