import { beforeAll, expect, it } from "vitest";

import { mockPulumi } from "../../support/mocks";
import { byName, made, whole } from "../../support/monitored";

/** Who reaches whom, and who may read what, of everything a standalone monitoring has. It is made once: nothing here changes it. */
beforeAll(async () => {
  await mockPulumi();
  await made(whole);
}, 60_000);

const labelsOf = (part: string) => ({
  "app.kubernetes.io/name": part,
  "app.kubernetes.io/instance": "watch",
  "app.kubernetes.io/part-of": "slm-monitoring",
});

const ports: [string, Record<string, number>][] = [
  ["alertmanager", { http: 9093 }],
  ["collector", { http: 4318, grpc: 4317, health: 13133, metrics: 8888 }],
  ["grafana", { http: 3000 }],
  ["kube-state-metrics", { http: 8080 }],
  ["prometheus", { http: 9090 }],
];
const readers: Record<string, string[]> = { prometheus: ["keda"], collector: ["monitoring-logs", "slm", "gateway"] };

it.each(ports)("%s is reached at these ports alone, by the monitoring's pods and the namespaces that are named", (part, open) => {
  expect(byName(`watch-${part}-service`)["spec"]).toEqual({
    selector: labelsOf(part),
    ports: Object.entries(open).map(([name, port]) => ({ name, port, targetPort: name })),
  });
  // The pods behind it are waited for already.
  expect(byName(`watch-${part}-service`)["metadata"].annotations).toEqual({ "pulumi.com/skipAwait": "true" });
  expect(byName(`watch-${part}-guard`)["spec"]).toEqual({
    podSelector: { matchLabels: labelsOf(part) },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [
          { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "slm-monitoring" } } },
          ...(readers[part] ?? []).map((name) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } })),
        ],
        ports: Object.values(open).map((port) => ({ port })),
      },
    ],
  });
});

it("the reader of logs is reached by nobody, and reaches DNS and the collector alone", () => {
  const dns = [53, 5353].flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ port, protocol })));
  expect(byName("watch-log-reader-guard")["spec"]).toEqual({
    podSelector: { matchLabels: labelsOf("log-reader") },
    policyTypes: ["Ingress", "Egress"],
    egress: [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: dns,
      },
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } },
            podSelector: { matchLabels: labelsOf("collector") },
          },
        ],
        ports: [{ port: 4318 }],
      },
    ],
  });
});

const pods = (...verbs: string[]) => ({ apiGroups: [""], resources: ["pods"], verbs });
it.each<[string, string, object[]]>([
  ["prometheus", "slm", [pods("get", "list", "watch")]],
  ["prometheus", "gateway", [pods("get", "list", "watch")]],
  ["prometheus", "gpu", [pods("get", "list", "watch")]],
  [
    "kube-state-metrics",
    "slm",
    [
      pods("list", "watch"),
      { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["list", "watch"] },
      { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list", "watch"] },
    ],
  ],
])("%s may read in %s what it must, and nothing of the cluster", (part, namespace, rules) => {
  expect(byName(`watch-${part}-${namespace}-role`)["rules"]).toEqual(rules);
  const { roleRef, subjects } = byName(`watch-${part}-${namespace}-binding`);
  expect(roleRef).toEqual({ apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: `watch-${part}` });
  expect(subjects).toEqual([{ kind: "ServiceAccount", name: `watch-${part}`, namespace: "monitoring" }]);
  expect(byName(`watch-${part}-account`)["automountServiceAccountToken"]).toBe(false);
});
