import type { Fleet, MonitoredModel } from "../../lib/monitoring/fleet";
import { defaultObjectives } from "../../lib/monitoring/objectives";

const shared = { objectives: defaultObjectives, coldStart: { nodeSeconds: 240, imageSeconds: 120, weightsSeconds: 180, loadSeconds: 300 } };

/** One model of each engine that has metrics, and one that only the gateway knows. */
export const models = {
  chat: {
    ...shared,
    name: "chat",
    release: { engine: "vllm", version: "0.33.0" },
    objectives: { ...defaultObjectives, timePerOutputToken: { seconds: 0.05, ratio: 0.9 } },
    usdPerHour: 0.5,
    autoscaled: true,
  },
  small: { ...shared, name: "small", release: { engine: "onnx", version: "0.18.0" }, usdPerHour: 0.1, autoscaled: true },
  tiny: {
    ...shared,
    name: "tiny",
    release: { engine: "ollama", version: "0.32.15" },
    objectives: { availability: 0.99 },
    coldStart: { nodeSeconds: 0, imageSeconds: 60, weightsSeconds: 70, loadSeconds: 110 },
  },
} as const satisfies Record<string, MonitoredModel>;

/** Everything that can be watched. */
export const wholeFleet: Fleet = {
  environment: "test",
  namespace: "slm",
  models: Object.values(models),
  gateway: { consumerLabel: "consumer", replicas: 2, whenUncounted: "open" },
  gpuCounters: "throttling",
  keys: [{ name: "team-a", expiresAt: "2027-06-01" }],
};

/** Every part of a standalone monitoring. */
export const allWatchers = { jobs: ["prometheus", "alertmanager", "kube-state-metrics", "grafana"], alertmanager: true, storageGib: 10 };
