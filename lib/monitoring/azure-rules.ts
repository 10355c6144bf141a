import type { AlertingRule, RecordingRule, RuleGroup, Severity } from "./rule";

/** A rule of Azure Monitor's (Microsoft.AlertsManagement/prometheusRuleGroups), which names and writes the same things differently. */
type AzureRule = AzureRecording | AzureAlert;

interface AzureRecording {
  readonly record: string;
  readonly expression: string;
  readonly labels?: Record<string, string>;
}

interface AzureAlert {
  readonly alert: string;
  readonly expression: string;
  /** ISO 8601 duration. @default the alert fires at once */
  readonly for?: string;
  readonly severity: number;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

/** Some of the rules, under a name that is a DNS label. */
export interface AzureRuleGroup {
  readonly name: string;
  /** ISO 8601 duration between two evaluations; a minute at least. */
  readonly interval: string;
  readonly rules: AzureRule[];
}

/** Most rules of one group, by Azure Monitor's service limits. */
const rulesPerGroup = 20;

/** Azure counts from 0, critical, to 4, verbose. */
const severities: Partial<Record<Severity, number>> = { critical: 0, warning: 2 };

/**
 * Rules as Azure Monitor's rule groups. Alerts that tell nobody are left out: they mute others in Alertmanager, which Azure has not, or are
 * a sign of life for a receiver of its own. Groups are evaluated on their own: an alert may see what was recorded a minute ago.
 */
export function azureRuleGroups(groups: readonly RuleGroup[]): AzureRuleGroup[] {
  return groups.flatMap(({ name, interval, rules }) => {
    const written = rules.flatMap<AzureRule>((rule) => ("alert" in rule ? alert(rule) : [recording(rule)]));
    const count = Math.ceil(written.length / rulesPerGroup);
    return Array.from({ length: count }, (_, index) => ({
      name: `${name}-${index + 1}`,
      interval: `PT${Math.max(1, minutesOf(interval))}M`,
      rules: written.slice(index * rulesPerGroup, (index + 1) * rulesPerGroup),
    }));
  });
}

/** Whole minutes of a number of seconds, rounded up: Azure knows none between. */
const minutesOf = (seconds: string): number => Math.ceil(Number.parseInt(seconds, 10) / 60);

const recording = ({ record, expr, labels }: RecordingRule): AzureRecording => ({
  record,
  expression: expr,
  ...(labels ? { labels } : {}),
});

function alert({ alert: name, expr, for: lasts, labels, annotations }: AlertingRule): AzureAlert[] {
  const severity = severities[labels["severity"] as Severity];
  if (severity === undefined) return [];
  const minutes = minutesOf(lasts);
  return [{ alert: name, expression: expr, ...(minutes > 0 ? { for: `PT${minutes}M` } : {}), severity, labels, annotations }];
}
