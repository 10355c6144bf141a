import type { kubeState } from "../exporters";
import type { Fleet } from "../fleet";
import { aggregate } from "../promql";
import { ofPods, ofWeightsPods } from "../queries";
import type { DashboardSpec } from "./dashboard";
import type { PanelSpec } from "./panel";

type Moment = "kube_pod_created" | "kube_pod_status_scheduled_time" | "kube_pod_status_initialized_time" | "kube_pod_status_ready_time";

/** Seconds between two moments in a pod's life; its container is started when its init containers are done. */
const stage = (fleet: Fleet, title: string, description: string, [from, to]: readonly [Moment, Moment]): PanelSpec => {
  const at = (moment: keyof typeof kubeState.metrics) => aggregate("max", ["model", "pod"], ofPods(fleet, moment));
  return { title, description, unit: "seconds", queries: [[`${at(to)} - ${at(from)}`, "{{model}} {{pod}}"]] };
};

const stages = (fleet: Fleet): PanelSpec[] => [
  stage(fleet, "Waiting for a node", "From creation to a place on a node.", ["kube_pod_created", "kube_pod_status_scheduled_time"]),
  stage(fleet, "Image and weights", "From its place on a node to the end of the init containers.", [
    "kube_pod_status_scheduled_time",
    "kube_pod_status_initialized_time",
  ]),
  stage(fleet, "Load and warm-up", "From there to readiness.", ["kube_pod_status_initialized_time", "kube_pod_status_ready_time"]),
  stage(fleet, "Whole cold start", "From creation to readiness.", ["kube_pod_created", "kube_pod_status_ready_time"]),
  { title: "Budget", unit: "seconds", queries: [["slm:cold_start:budget_seconds", "{{model}} {{stage}}"]] },
];

const failures = (fleet: Fleet): PanelSpec[] => [
  {
    title: "Restarts",
    unit: "count",
    queries: [
      [aggregate("max", ["model", "pod"], ofPods(fleet, "kube_pod_container_status_restarts_total")), "{{model}} {{pod}} server"],
      [aggregate("max", ["model", "pod"], ofWeightsPods(fleet, "kube_pod_container_status_restarts_total")), "{{model}} {{pod}} weights"],
    ],
  },
];

/** Where the time of a cold start goes, and how much of it the budget allows; empty without kube-state-metrics. */
export const coldStartDashboard = (fleet: Fleet): DashboardSpec => ({
  uid: "slm-cold-starts",
  title: "SLM / Cold starts",
  description: "The stages from a pod's creation to its first answer, and the budget of each.",
  rows: fleet.kubeState === false ? {} : { Stages: stages(fleet), Failures: failures(fleet) },
});
