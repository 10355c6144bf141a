import type { kubeState } from "../exporters";
import type { Fleet } from "../fleet";
import { aggregate } from "../promql";
import { ofPods, own } from "../queries";
import type { DashboardSpec } from "./dashboard";
import type { PanelSpec } from "./panel";

type Moment = "kube_pod_created" | "kube_pod_status_scheduled_time" | "kube_pod_container_state_started" | "kube_pod_status_ready_time";

/** Seconds between two moments in a pod's life, beside what the budget allows for them. */
const stage = (fleet: Fleet, title: string, description: string, [from, to]: readonly [Moment, Moment], budgets: string): PanelSpec => {
  const at = (moment: keyof typeof kubeState.metrics) => aggregate("max", ["model", "pod"], ofPods(fleet, "server", moment));
  return {
    title,
    description,
    unit: "seconds",
    queries: [
      [`${at(to)} - ${at(from)}`, "{{model}} {{pod}}"],
      [own(fleet, "slm:cold_start:budget_seconds", `stage="${budgets}"`), "{{model}} budget"],
    ],
  };
};

const stages = (fleet: Fleet): PanelSpec[] => [
  stage(fleet, "Waiting for a node", "From creation to a place on a node.", ["kube_pod_created", "kube_pod_status_scheduled_time"], "node"),
  stage(
    fleet,
    "Image",
    "From its place on a node to the start of its container.",
    ["kube_pod_status_scheduled_time", "kube_pod_container_state_started"],
    "image",
  ),
  stage(
    fleet,
    "Load and warm-up",
    "From the start of its container to readiness; less than nothing after a restart in place.",
    ["kube_pod_container_state_started", "kube_pod_status_ready_time"],
    "load",
  ),
  stage(fleet, "Whole cold start", "From creation to readiness.", ["kube_pod_created", "kube_pod_status_ready_time"], "all"),
  {
    title: "Weights",
    empty: "No pod downloads weights.",
    description:
      "How long a pod that downloads weights has been there. It comes before the server's pod, where weights are downloaded at all.",
    unit: "seconds",
    queries: [
      [`time() - ${aggregate("max", ["model", "pod"], ofPods(fleet, "weights", "kube_pod_created"))}`, "{{model}} {{pod}}"],
      [own(fleet, "slm:cold_start:budget_seconds", 'stage="weights"'), "{{model}} budget"],
    ],
  },
];

const failures = (fleet: Fleet): PanelSpec[] => [
  {
    title: "Restarts",
    unit: "count",
    queries: [
      [aggregate("max", ["model", "pod"], ofPods(fleet, "server", "kube_pod_container_status_restarts_total")), "{{model}} {{pod}} server"],
      [
        aggregate("max", ["model", "pod"], ofPods(fleet, "weights", "kube_pod_container_status_restarts_total")),
        "{{model}} {{pod}} weights",
      ],
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
