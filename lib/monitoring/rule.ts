/** A recording rule: a query whose answer Prometheus keeps under a name. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** `critical` wakes somebody up, `warning` waits for the morning, `none` only tells the other rules something. */
export type Severity = "critical" | "warning" | "none";

/** An alert, before it is written as Prometheus wants it. */
export interface Alert {
  /** In PascalCase; the runbook's file is the same in kebab-case. */
  readonly name: string;
  readonly expr: string;
  /** How long the expression must hold, in seconds. */
  readonly forSeconds: number;
  readonly severity: Severity;
  /** One line; may name labels, as `{{ $labels.model }}`. */
  readonly summary: string;
  /** Whether a planned rollout is expected to cause it; then it is muted while its model rolls out. */
  readonly duringRollout: "mute" | "notify";
}

/** An alert as Prometheus reads it. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A group of rules that are evaluated together, as Prometheus reads it. */
export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** Name of an alert's page in docs/runbooks, without its ending. */
export const runbookName = (alert: string): string => alert.replace(/(?<!^)([A-Z])/g, "-$1").toLowerCase();
