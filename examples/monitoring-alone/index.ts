import { core } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { Monitoring } from "slm-stack";

const config = new Config();
const images = config.requireObject<Record<"prometheus" | "alertmanager", string>>("images"); // by digest

const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
const namespace = new core.v1.Namespace("monitoring", { metadata: { name: "monitoring", labels } }).metadata.name;

/** A vLLM server that somebody else deployed: Deployment `chat-vllm`, its pods labelled `app.kubernetes.io/instance: chat`. */
const chat = {
  name: "chat",
  release: { engine: "vllm", version: "0.33.0" },
  objectives: { availability: 0.99, firstToken: { seconds: 2.5, ratio: 0.95 } },
  coldStart: { nodeSeconds: 0, imageSeconds: 120, weightsSeconds: 300, loadSeconds: 180 },
} as const;

export const { prometheusUrl } = new Monitoring("monitoring", {
  mode: "standalone",
  namespace,
  environment: "dev",
  images,
  fleet: { namespace: config.require("modelNamespace"), models: [chat] },
  receivers: { team: { kind: "webhook", url: { secret: "alert-webhook", key: "url" } } },
  routes: { critical: "team", warning: "team" },
});
