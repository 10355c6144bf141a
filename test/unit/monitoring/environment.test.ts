import { expect, it } from "vitest";
import { z } from "zod";

import { monitoring, monitoringFaults, objectivesOf } from "../../../stacks/monitoring-config";

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
      message: "ollama does not measure the time to the first token: leave the objective out",
    },
  ]);
});
