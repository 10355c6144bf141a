import type * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import type { AzureContext } from "../cluster/azure-context";

/** Most that an environment may cost. */
export interface BudgetArgs {
  readonly usdPerMonth: number;
  /** First month, as YYYY-MM, not over when the budget is made; it never changes. @default the month in which the budget is made */
  readonly from?: string | undefined;
  /** Resource groups that count: the environment's own, and that of its nodes, where the GPUs are paid. */
  readonly resourceGroups: readonly string[];
}

/** How logs are kept. */
export interface LogArgs {
  /** Days; 30 to 730. */
  readonly days: number;
  /** Most that is taken in on a day, in GB; past it, logs are dropped until the next. */
  readonly gbPerDay: number;
}

/** One group of Prometheus rules: recording rules and alerts. */
export interface RuleGroup {
  /** A DNS label. */
  readonly name: string;
  /** ISO 8601 duration between two evaluations; PT1M to PT15M. */
  readonly interval: string;
  /** The group's rules, in the order in which they are evaluated. */
  readonly rules: readonly azure.types.input.alertsmanagement.PrometheusRuleArgs[];
}

/** Inputs of the Azure observability component. */
export interface AzureObservabilityArgs {
  /** Where on Azure it is made. */
  context: AzureContext;
  /** Names in Azure. */
  names: { monitor: string; grafana: string; logs: string; alerts: string; budget: string };
  /** The cluster that is observed. */
  cluster: { id: pulumi.Input<string>; name: pulumi.Input<string>; azureName: string; oidcIssuerUrl: pulumi.Input<string> };
  /** Entra groups by what they may do in Grafana. */
  grafana: { admins: readonly string[]; viewers: readonly string[] };
  /** Who is notified of alerts and of money. At least one address. */
  alertEmails: readonly string[];
  /** Rules that Azure evaluates. @default none */
  ruleGroups?: readonly RuleGroup[];
  /** Keep the control plane's logs. Absent: they are not kept. */
  logs?: LogArgs;
  /** Most that an environment may cost before someone is notified. */
  budget: BudgetArgs;
}
