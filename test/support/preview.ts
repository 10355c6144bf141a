import { planOf } from "../../lib/environment/plan-request";
import { eventsOf } from "../../tools/lib/events";
import { previewReport } from "../../tools/preview/report";
import { onAzure, parsed } from "./environments";

export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const urn = (type: string, name: string): string => `urn:pulumi:dev::slm::${type}::${name}`;
export const step = (op: string, type: string, name: string, more: object = {}) => ({
  resourcePreEvent: { metadata: { op, urn: urn(type, name), type, old: null, new: null, ...more } },
});
export const warning = (message: string) => ({ diagnosticEvent: { severity: "warning", message: `${message}\n` } });
export const violation = (policyName: string, enforcementLevel: string, message = "must not") => ({
  policyEvent: { policyName, enforcementLevel, message, resourceUrn: urn("kubernetes:core/v1:Service", "chat-service") },
});
export const deployment = (replicas: number, image: string, strategy: object, name = "chat") => ({
  inputs: { metadata: { labels: { "app.kubernetes.io/instance": name } }, spec: { replicas, strategy, template: { image } } },
});
export const kinds = {
  deployment: "kubernetes:apps/v1:Deployment",
  pool: "azure-native:containerservice:AgentPool",
  pod: "kubernetes:core/v1:Pod",
};
export const unpriced = planOf(parsed());
export const priced = planOf(parsed(onAzure()));
export const report = (lines: object[], { plan = unpriced, passed = true, notes = [] as string[] } = {}) =>
  previewReport(plan, eventsOf(lines.map((line) => `${JSON.stringify(line)}\n`).join("")), { passed, notes });
