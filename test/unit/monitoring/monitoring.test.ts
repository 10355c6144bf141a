import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Monitoring } from "../../../components/monitoring/monitoring";
import type { AzureArgs, OperatorArgs, StandaloneArgs } from "../../../components/monitoring/settings";
import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import type { Fleet } from "../../../lib/monitoring/fleet";
import { messageOf } from "../../support/errors";
import { models, wholeFleet } from "../../support/fleet";
import { mockPulumi, registered, reset, settled } from "../../support/mocks";
import { byName, children, container, image, made, standalone } from "../../support/monitored";

const place = { namespace: "gateway", label: { name: "app.kubernetes.io/name", value: "envoy" }, port: "metrics" };
const gpus = { namespace: "gpu", label: { name: "app.kubernetes.io/name", value: "dcgm-exporter" }, port: "metrics" };
const whole: StandaloneArgs = {
  ...standalone,
  fleet: wholeFleet,
  gateway: place,
  gpus,
  images: { ...standalone.images, kubeStateMetrics: image("kube-state-metrics") },
  grafana: { image: image("grafana"), adminPassword: { secret: "grafana", key: "password" } },
  readers: ["keda"],
};
const operator: OperatorArgs = {
  mode: "operator",
  namespace: "slm",
  environment: "test",
  fleet: wholeFleet,
  gateway: place,
  gpus,
  labels: { release: "prom" },
};
const azure: AzureArgs = { mode: "azure", namespace: "slm", environment: "test", fleet: wholeFleet, gateway: place, gpus };

beforeAll(mockPulumi);
beforeEach(reset);

describe("Monitoring, standalone", () => {
  it("makes Prometheus and Alertmanager, and nothing else, where nothing else is asked for", async () => {
    await made(standalone);
    expect(children()).toEqual([
      ["apps/v1:StatefulSet", "watch-alertmanager-server"],
      ["apps/v1:StatefulSet", "watch-prometheus-server"],
      ["core/v1:ConfigMap", "watch-alertmanager-config"],
      ["core/v1:ConfigMap", "watch-prometheus-config"],
      ["core/v1:Service", "watch-alertmanager-service"],
      ["core/v1:Service", "watch-prometheus-service"],
      ["core/v1:ServiceAccount", "watch-prometheus-account"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-alertmanager-guard"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-prometheus-guard"],
      ["rbac.authorization.k8s.io/v1:Role", "watch-prometheus-slm-role"],
      ["rbac.authorization.k8s.io/v1:RoleBinding", "watch-prometheus-slm-binding"],
    ]);
  });

  it("adds kube-state-metrics and Grafana, and access to the namespaces of gateway and GPUs", async () => {
    await made(whole);
    const added = children().filter(([, name]) => /kube-state|grafana|-gateway-|-gpu-/.test(name!));
    expect(added).toEqual([
      ["apps/v1:Deployment", "watch-grafana-server"],
      ["apps/v1:Deployment", "watch-kube-state-metrics-server"],
      ["core/v1:ConfigMap", "watch-grafana-dashboards"],
      ["core/v1:ConfigMap", "watch-grafana-provisioning"],
      ["core/v1:PersistentVolumeClaim", "watch-grafana-state"],
      ["core/v1:Service", "watch-grafana-service"],
      ["core/v1:Service", "watch-kube-state-metrics-service"],
      ["core/v1:ServiceAccount", "watch-kube-state-metrics-account"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-grafana-guard"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-kube-state-metrics-guard"],
      ["rbac.authorization.k8s.io/v1:Role", "watch-kube-state-metrics-slm-role"],
      ["rbac.authorization.k8s.io/v1:Role", "watch-prometheus-gateway-role"],
      ["rbac.authorization.k8s.io/v1:Role", "watch-prometheus-gpu-role"],
      ["rbac.authorization.k8s.io/v1:RoleBinding", "watch-kube-state-metrics-slm-binding"],
      ["rbac.authorization.k8s.io/v1:RoleBinding", "watch-prometheus-gateway-binding"],
      ["rbac.authorization.k8s.io/v1:RoleBinding", "watch-prometheus-gpu-binding"],
    ]);
  });

  it("lets Grafana read its password as a file, from a Secret that is there or from a store of secrets", async () => {
    await made(whole);
    const password = (name: string) => {
      const { spec } = byName(name)["spec"].template;
      const [{ env, volumeMounts }] = spec.containers;
      const file = env.find((one: { name: string }) => one.name === "GF_SECURITY_ADMIN_PASSWORD__FILE").value;
      const mount = volumeMounts.find(({ mountPath }: { mountPath: string }) => file.startsWith(`${mountPath}/`));
      return {
        file,
        volume: spec.volumes.find((volume: { name: string }) => volume.name === mount.name),
        account: spec.serviceAccountName,
      };
    };
    expect(password("watch-grafana-server")).toEqual({
      file: "/var/run/secrets/grafana/password",
      volume: { name: "password", secret: { secretName: "grafana", items: [{ key: "password", path: "password" }] } },
      account: undefined,
    });
    reset();
    const provider = new k8s.Provider("cluster", { kubeconfig: "x" });
    const store = new KubernetesSecretStore("secrets", { values: { "grafana-admin": "planted", other: "kept" }, provider });
    const mount = store.grant({ name: "watch-grafana", namespace: "monitoring" }, ["grafana-admin"]);
    await made({ ...whole, grafana: { image: image("grafana"), adminPassword: { mount, name: "grafana-admin" } } });
    expect(password("watch-grafana-server")).toEqual({
      file: "/mnt/secrets/grafana-admin",
      volume: {
        name: "secrets",
        projected: { sources: [{ secret: { name: "watch-grafana-grafana-admin", items: [{ key: "value", path: "grafana-admin" }] } }] },
      },
      account: "watch-grafana",
    });
  });

  it("may read pods, and deployments for kube-state-metrics, in the namespaces that it watches; nothing of the cluster", async () => {
    await made(whole);
    const rules = registered.filter(({ type }) => type.endsWith(":Role")).map(({ name, inputs }) => [name, inputs["rules"]]);
    for (const [name, granted] of rules) {
      const expected = String(name).includes("kube-state")
        ? [
            { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
            { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list", "watch"] },
          ]
        : [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"] }];
      expect(granted).toEqual(expected);
    }
    expect(registered.filter(({ type }) => type.includes("Cluster"))).toEqual([]);
  });

  it("runs every container restricted, by digest, with limits; only those that ask the API server have its credentials", async () => {
    await made(whole);
    const workloads = registered.filter(({ type }) => /StatefulSet|Deployment/.test(type));
    expect(workloads).toHaveLength(4);
    for (const { name, inputs } of workloads) {
      const { spec } = inputs["spec"].template;
      expect(spec.automountServiceAccountToken, name).toBe(/prometheus|kube-state/.test(name));
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      const [one] = spec.containers;
      expect(one.image).toMatch(/@sha256:/);
      expect(one.resources.limits.memory).toMatch(/Mi$/);
      expect(one.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it("keeps series for the time and the size that are asked for, 80 % of the volume by default", async () => {
    await made({ ...standalone, retentionDays: 30, storageGib: 20 });
    expect(container("watch-prometheus-server").args).toEqual(
      expect.arrayContaining(["--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=16384MB"]),
    );
    expect(byName("watch-prometheus-server")["spec"].volumeClaimTemplates[0].spec.resources.requests.storage).toBe("20Gi");
  });

  it("rolls Prometheus when a rule changes", async () => {
    const hash = async (fleet: Fleet): Promise<string> => {
      reset();
      await made({ ...standalone, fleet });
      return byName("watch-prometheus-server")["spec"].template.metadata.annotations["slm/config"];
    };
    const first = await hash(standalone.fleet);
    expect(await hash(standalone.fleet)).toBe(first);
    expect(await hash({ ...standalone.fleet, keys: [{ name: "k", expiresAt: "2027-01-01" }] })).not.toBe(first);
  });

  it("mounts the receivers' secrets, which may come later, and copies none", async () => {
    await made(standalone);
    const pod = byName("watch-alertmanager-server")["spec"].template.spec;
    expect(pod.volumes).toContainEqual({ name: "secret-oncall", secret: { secretName: "oncall", optional: true } });
    expect(registered.filter(({ type }) => type.endsWith(":Secret"))).toEqual([]);
  });

  it("lets in its own pods and the readers' namespaces, and tells where it is", async () => {
    const monitoring = await made(whole);
    const [{ from }] = byName("watch-prometheus-guard")["spec"].ingress;
    expect(from).toEqual([
      { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "slm-monitoring" } } },
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "keda" } } },
    ]);
    expect(await settled(monitoring.prometheusUrl!)).toBe("http://watch-prometheus.monitoring.svc:9090");
  });
});

describe("Monitoring, for an operator", () => {
  it("makes monitors, a rule and a ConfigMap for each dashboard, and nothing that runs", async () => {
    const monitoring = await made(operator);
    expect(children()).toEqual([
      ["core/v1:ConfigMap", "watch-slm-cold-starts"],
      ["core/v1:ConfigMap", "watch-slm-fleet"],
      ["core/v1:ConfigMap", "watch-slm-gateway"],
      ["core/v1:ConfigMap", "watch-slm-gpus"],
      ["core/v1:ConfigMap", "watch-slm-model"],
      ["monitoring.coreos.com/v1:PodMonitor", "watch-slm-gateway"],
      ["monitoring.coreos.com/v1:PodMonitor", "watch-slm-gpus"],
      ["monitoring.coreos.com/v1:PodMonitor", "watch-slm-models"],
      ["monitoring.coreos.com/v1:PrometheusRule", "watch-rules"],
    ]);
    expect(monitoring.prometheusUrl).toBeUndefined();
    const rule = registered.find(({ type }) => type.endsWith("PrometheusRule"))!.inputs;
    expect(rule["metadata"].labels["release"]).toBe("prom");
    expect(rule["spec"].groups).toEqual(monitoring.rules);
  });
});

describe("Monitoring, for Azure", () => {
  it("makes Azure's monitors, keeps the rules as a file, and hands rules and dashboards on", async () => {
    const monitoring = await made(azure);
    expect(children().filter(([type]) => !type!.endsWith("ConfigMap"))).toEqual([
      ["azmonitoring.coreos.com/v1:PodMonitor", "watch-slm-gateway"],
      ["azmonitoring.coreos.com/v1:PodMonitor", "watch-slm-gpus"],
      ["azmonitoring.coreos.com/v1:PodMonitor", "watch-slm-models"],
    ]);
    expect(JSON.parse(byName("watch-rules")["data"]["rules.json"])).toEqual({ groups: monitoring.rules });
    expect(monitoring.dashboards).toHaveLength(5);
  });
});

const chat = (objectives: object): Partial<StandaloneArgs> => ({
  fleet: { namespace: "slm", models: [{ ...models.chat, objectives: { availability: 0.99, ...objectives } }] },
});

it.each<[Partial<StandaloneArgs>, string]>([
  [chat({ availability: 1 }), "fleet.models.chat.objectives.availability: must be above 0 and below 1, got 1"],
  [chat({ availability: 0 }), "fleet.models.chat.objectives.availability: must be above 0 and below 1, got 0"],
  [
    chat({ firstToken: { seconds: 2.5, ratio: 1.2 } }),
    "fleet.models.chat.objectives.firstToken.ratio: must be above 0 and below 1, got 1.2",
  ],
  [
    chat({ firstToken: { seconds: 3, ratio: 0.9 } }),
    "fleet.models.chat.objectives.firstToken.seconds: must be a bound of the histogram's buckets, the nearest are 2.5 and 5, got 3",
  ],
  [{ routes: { critical: "oncal", warning: "oncall" } }, 'routes.critical: must be one of the receivers: oncall, got "oncal"'],
  [
    { storageGib: 10, retentionGib: 12 },
    "retentionGib: must be at most 8 GiB, 80 % of the volume of 10 GiB; enlarge the volume or keep less, got 12",
  ],
  [{ retentionDays: 0 }, "retentionDays: must be at least 1 day, got 0"],
  [
    { images: { prometheus: "prom/prometheus:latest", alertmanager: image("alertmanager") } },
    'images.prometheus: must be pinned by digest (name@sha256:<64 hex>), got "prom/prometheus:latest"',
  ],
])("Monitoring refuses %j at construction", (bad, message) => {
  expect(messageOf(() => new Monitoring("watch", { ...standalone, ...bad }))).toBe(message);
});
