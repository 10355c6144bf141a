import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { account, allow, guard, labelsOf, metadataOf, nameOf, type Part, podSpec, service } from "./part";

export const kubeStatePart = (owner: string, namespace: pulumi.Input<string>): Part => ({
  owner,
  role: "kube-state-metrics",
  namespace,
  port: 8080,
});

const monitoredKinds = ["pods", "deployments", "replicasets", "horizontalpodautoscalers"];

/** kube-state-metrics for pods, deployments, their replica sets and autoscalers of one namespace: its account may read nothing else. */
export function addKubeStateMetrics(self: pulumi.Resource, part: Part, image: string, namespace: string): k8s.core.v1.Service {
  const identity = account(self, part);
  const verbs = ["list", "watch"];
  const binding = allow(self, part, namespace, namespace, [
    { apiGroups: [""], resources: ["pods"], verbs },
    { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs },
    { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs },
  ]);
  const policy = guard(self, part);
  const labels = labelsOf(part);
  const spec = podSpec(
    part,
    {
      image,
      readyPath: "/healthz",
      args: [`--namespaces=${namespace}`, `--resources=${monitoredKinds.join(",")}`, `--port=${part.port}`],
      resources: { requests: { cpu: "0.05", memory: "64Mi" }, limits: { memory: "64Mi" } },
    },
    { serviceAccountName: nameOf(part), automountServiceAccountToken: true },
  );
  const workload = new k8s.apps.v1.Deployment(
    `${nameOf(part)}-server`,
    { metadata: metadataOf(part), spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } } },
    { parent: self, dependsOn: [identity, binding, policy] },
  );
  return service(self, part, workload);
}
