import type { GatewayArgs, Settings } from "../../components/gateway/args";
import { requestLimits } from "../../lib/gateway/limits";

/** Two servers behind a front door, one of which answers to two names, and who may ask them. */
export const gatewayArgs = {
  namespace: "door",
  modelNamespace: "models",
  host: "models.example.com",
  tls: { secret: "certificate" },
  controller: { className: "envoy", namespace: "door" },
  models: [
    { name: "chat", names: ["chat", "chat-fr"] },
    { name: "embed", names: ["embed"] },
  ],
  consumers: [
    { name: "app", models: ["chat", "embed"], requestsPerMinute: 60, tokensPerMinute: 5000 },
    { name: "site", models: ["chat-fr"] },
  ],
} as const satisfies GatewayArgs;

/** The same with every default filled in. */
export const gatewaySettings = (more: Partial<Settings> = {}): Settings => ({
  ...gatewayArgs,
  name: "front",
  exposure: "internal",
  replicas: 2,
  limits: requestLimits.parse({}),
  ...more,
});
