import { type AlertCase, condition, deploymentOf, hours, podOf, replicaSetOf, type Series } from "./series";

const replicas = (kind: string): string => `kube_deployment_${kind}{${deploymentOf("chat")}}`;

/** A new template from the tenth minute on. */
const newTemplate: Series = {
  [condition("chat", "NewReplicaSetAvailable")]: "1x9 stale",
  [condition("chat", "ReplicaSetUpdated")]: `_x10 1x${hours}`,
  [`kube_replicaset_created{${replicaSetOf("chat").replace("5d4f8c9b7", "8e7f6a5b4")}}`]: `_x10 600x${hours}`,
};

export const rolloutCases: Record<string, AlertCase> = {
  ModelRollingOut: {
    fires: [
      {
        series: newTemplate,
        atMinutes: 23,
        labels: { model: "chat" },
        summary: "chat rolls out: alerts that it is expected to cause are muted",
      },
      // Two replicas may take two cold starts.
      {
        series: { ...newTemplate, [replicas("spec_replicas")]: `2x${hours}` },
        atMinutes: 35,
        labels: { model: "chat" },
        summary: "chat rolls out: alerts that it is expected to cause are muted",
      },
    ],
    quiet: [
      { why: "a rollout that outlasts the budget is no excuse", series: newTemplate, atMinutes: 25 },
      {
        why: "a pod was evicted: the template is the old one",
        series: {
          [replicas("status_replicas_available")]: `1x9 0x${hours}`,
          [`kube_pod_created{${podOf("chat")}}`]: `0x9 600x${hours}`,
        },
        atMinutes: 12,
      },
      {
        why: "the number of replicas changed: the template is the old one",
        series: { [replicas("spec_replicas")]: `1x9 3x${hours}`, [replicas("status_replicas_updated")]: `1x9 3x${hours}` },
        atMinutes: 12,
      },
    ],
  },
  RolloutStuck: {
    fires: [
      {
        series: {
          [condition("chat", "NewReplicaSetAvailable")]: "1x9 stale",
          [condition("chat", "ProgressDeadlineExceeded", "false")]: `_x10 1x${hours}`,
        },
        atMinutes: 13,
        labels: { model: "chat" },
        summary: "The rollout of chat makes no progress within its deadline, or never ends",
      },
      {
        series: newTemplate,
        atMinutes: 370,
        labels: { model: "chat" },
        summary: "The rollout of chat makes no progress within its deadline, or never ends",
      },
    ],
    quiet: [{ why: "it makes progress", series: newTemplate, atMinutes: 20 }],
  },
};
