import { type ColdStart, stagesSeconds } from "../cold-start";
import type { EngineRelease } from "../engines/metric-roles";
import type { Objectives } from "./objectives";

/** How long each stage of a cold start may take, in seconds, with the wait for a new node before it. */
export interface ColdStartBudget extends ColdStart {
  /** Until a new node takes pods; 0 where nodes are there. */
  readonly nodeSeconds: number;
}

/** The stages in their order, by the name under which they are shown. What else a plan says of a cold start is no stage. */
export const coldStartStages = ({ nodeSeconds, imageSeconds, weightsSeconds, loadSeconds }: ColdStartBudget) => ({
  node: nodeSeconds,
  image: imageSeconds,
  weights: weightsSeconds,
  load: loadSeconds,
});

/** From a pod's creation to its first answer, in seconds. */
export const coldStartSeconds = (budget: ColdStartBudget): number => budget.nodeSeconds + stagesSeconds(budget);

/** One model server, as the monitoring sees it. */
export interface MonitoredModel {
  /** Name that clients ask for; its Deployment is `<name>-<engine>`, and it is the label `app.kubernetes.io/instance` of its pods. */
  readonly name: string;
  readonly release: EngineRelease;
  readonly objectives: Objectives;
  /** How long each stage of a cold start may take: the alert's bound. */
  readonly coldStart: ColdStartBudget;
  /** Price of one replica, in USD per hour. @default no cost is shown */
  readonly usdPerHour?: number;
  /** Whether a scaler reads its series; then their absence is an alert. @default false */
  readonly autoscaled?: boolean;
  /** Whether it may have no replica at all; then being away is not an alert. @default false */
  readonly scalesToZero?: boolean;
}

/** The gateway's Envoy: the source of everything about models whose engine has no metrics, and of what each consumer does. */
export interface MonitoredGateway {
  /** Regular expression with one group, which finds the model's name in the name of an Envoy cluster. @default {@link envoyGatewayCluster} */
  readonly clusterPattern?: string;
  /** Label by which its series name the consumer. @default none: then there are no panels per consumer */
  readonly consumerLabel?: string;
  /** Pods of Envoy that there should be. @default unknown: then one of several that is missing is no alert */
  readonly replicas?: number;
  /** What becomes of requests while limits cannot be counted. @default unknown: then it is a warning, and what fails at the door is told of as such */
  readonly whenUncounted?: "open" | "closed";
}

/** Envoy Gateway names a cluster after its route: httproute/<namespace>/<route>/rule/<n>. Routes of other namespaces are other environments'. */
export const envoyGatewayCluster = (namespace: string): string => `httproute/${namespace}/([^/]+)/rule/.*`;

/** A secret's end of life, reported by the environment because no exporter knows it. */
export interface ExpiringKey {
  readonly name: string;
  /** ISO 8601 date, or date and time. */
  readonly expiresAt: string;
}

/** Everything that is monitored. */
export interface Fleet {
  /** Name of the environment: a label of all its series, rules and alerts, since several may share one Prometheus. */
  readonly environment: string;
  /** Namespace of the model servers. */
  readonly namespace: string;
  readonly models: readonly MonitoredModel[];
  /** Whether kube-state-metrics tells about pods and Deployments. @default true; without it there are no alerts about pods, and no mute while a model rolls out */
  readonly kubeState?: boolean;
  /** @default none: models in Ollama then have no panels */
  readonly gateway?: MonitoredGateway;
  /** Counters of the DCGM exporter: its default list, or that and the two throttling counters. @default none: no GPU panels and alerts */
  readonly gpuCounters?: "default" | "throttling";
  readonly keys?: readonly ExpiringKey[];
}

/** Names of the models that `wanted` holds for, as a regular expression; undefined when there are none. */
export function namesOf(fleet: Fleet, wanted: (model: MonitoredModel) => boolean = () => true): string | undefined {
  const names = fleet.models.filter(wanted).map(({ name }) => name);
  return names.length > 0 ? names.join("|") : undefined;
}

/** Whether the engine exports metrics of its own. */
export const hasMetrics = ({ release }: MonitoredModel): boolean => release.engine !== "ollama";
