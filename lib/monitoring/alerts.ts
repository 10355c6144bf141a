import { gatewayAlerts } from "./alerts-gateway";
import { gpuAlerts } from "./alerts-gpu";
import { kubernetesAlerts } from "./alerts-kubernetes";
import { modelAlerts } from "./alerts-model";
import { scalingAlerts } from "./alerts-scaling";
import { selfAlerts, type Watchers } from "./alerts-self";
import { sloAlerts } from "./alerts-slo";
import { watcherAlerts } from "./alerts-watchers";
import type { Fleet } from "./fleet";
import { recordingRules } from "./recording-rules";
import { type Alert, type AlertingRule, type RecordingRule, type RuleGroup, runbookName } from "./rule";
import { slowIntervalSeconds, slowSloRules } from "./slo-rules";

/** Seconds between two scrapes of a target, and between two evaluations of a rule. */
export const intervalSeconds = 15;

/** Every alert of a fleet. What has no source there (no GPU, no gateway, nothing autoscaled) has no alert. */
export const alerts = (fleet: Fleet, watchers: Watchers): Alert[] => [
  ...sloAlerts(fleet),
  ...modelAlerts(fleet),
  ...kubernetesAlerts(fleet),
  ...gpuAlerts(fleet),
  ...gatewayAlerts(fleet),
  ...watcherAlerts(fleet),
  ...scalingAlerts(fleet),
  ...selfAlerts(watchers),
];

/** The rules of a fleet, as Prometheus reads them; `runbookBase` is where the pages of docs/runbooks are published. */
export function ruleGroups(fleet: Fleet, watchers: Watchers, runbookBase: string): RuleGroup[] {
  const scoped = { environment: fleet.environment, namespace: fleet.namespace };
  const recorded = (rule: RecordingRule): RecordingRule => ({ ...rule, labels: { ...rule.labels, ...scoped } });
  const alertingRules = alerts(fleet, watchers).map((alert) => toPrometheus(alert, runbookBase, scoped));
  return [
    // One group, because its rules are evaluated in order: an alert sees what was recorded a moment ago, and not an interval ago.
    { name: "slm", interval: `${intervalSeconds}s`, rules: [...recordingRules(fleet).map(recorded), ...alertingRules] },
    { name: "slm-slow", interval: `${slowIntervalSeconds}s`, rules: slowSloRules(fleet).map(recorded) },
  ];
}

function toPrometheus(
  { name, expr, forSeconds, severity, summary, duringRollout }: Alert,
  runbookBase: string,
  scoped: Readonly<Record<string, string>>,
): AlertingRule {
  return {
    alert: name,
    expr,
    for: `${forSeconds}s`,
    labels: { severity, during_rollout: duringRollout, runbook: runbookName(name), ...scoped },
    annotations: { summary, runbook_url: `${runbookBase}/${runbookName(name)}.md` },
  };
}

/** Seconds after which a target that does not answer counts as down. */
export const scrapeTimeoutSeconds = 10;

/** Seconds that Alertmanager waits to put alerts of one model into one message. */
export const groupWaitSeconds = 10;
/** Seconds between two messages about the same alert and model, when more replicas or causes join or leave. */
export const groupIntervalSeconds = 30;

/**
 * Seconds from a fault to the message, at most, for an alert whose expression holds as soon as the fault is scraped:
 * the next scrape and its timeout, the next evaluation, the time for which it must last, and the wait for others of its group,
 * which is the longer one where the same alert was reported a moment ago.
 */
export const promisedSeconds = ({ forSeconds }: Pick<Alert, "forSeconds">): number =>
  intervalSeconds + scrapeTimeoutSeconds + intervalSeconds + forSeconds + groupIntervalSeconds;
