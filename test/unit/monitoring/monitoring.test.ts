import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Monitoring } from "../../../components/monitoring/monitoring";
import type { StandaloneArgs } from "../../../components/monitoring/settings";
import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import { ruleGroups } from "../../../lib/monitoring/alerts";
import { messageOf } from "../../support/errors";
import { models } from "../../support/fleet";
import { mockPulumi, reset } from "../../support/mocks";
import { byName, children, container, image, made, standalone, whole } from "../../support/monitored";

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
      ["core/v1:PersistentVolumeClaim", "watch-alertmanager-state"],
      ["core/v1:PersistentVolumeClaim", "watch-prometheus-series"],
      ["core/v1:Service", "watch-alertmanager-service"],
      ["core/v1:Service", "watch-prometheus-service"],
      ["core/v1:ServiceAccount", "watch-prometheus-account"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-alertmanager-guard"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-prometheus-guard"],
      ["rbac.authorization.k8s.io/v1:Role", "watch-prometheus-slm-role"],
      ["rbac.authorization.k8s.io/v1:RoleBinding", "watch-prometheus-slm-binding"],
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

  it.each<[Partial<StandaloneArgs>, string[], string]>([
    [{ retentionDays: 30, storageGib: 20 }, ["--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=16384MB"], "20Gi"],
    [{ storageGib: 20, retentionGib: 2.5 }, ["--storage.tsdb.retention.time=15d", "--storage.tsdb.retention.size=2560MB"], "20Gi"],
  ])("keeps series for the time and the size that are asked for, 80 %% of the volume by default: %j", async (asked, flags, storage) => {
    await made({ ...standalone, ...asked });
    expect(container("watch-prometheus-server").args.slice(2)).toEqual(flags);
    expect(byName("watch-prometheus-series")["spec"].resources.requests.storage).toBe(storage);
  });

  it("gives Prometheus the memory that is asked for, half of it for certain; and Grafana the volume", async () => {
    await made({ ...whole, memoryMib: 1001, grafana: { ...whole.grafana!, storageGib: 3 } });
    expect(container("watch-prometheus-server").resources).toEqual({
      requests: { cpu: "0.1", memory: "501Mi" },
      limits: { memory: "1001Mi" },
    });
    expect(byName("watch-grafana-state")["spec"].resources.requests.storage).toBe("3Gi");
  });

  it("knows nothing of pods without kube-state-metrics: no alert about them, and no dashboard", async () => {
    const { rules, dashboards } = await made(standalone);
    expect(rules).toEqual(
      ruleGroups(
        { ...standalone.fleet, environment: "test", kubeState: false },
        { jobs: ["prometheus", "alertmanager"], alertmanager: true, storageGib: 10 },
        "docs/runbooks",
      ),
    );
    expect(dashboards.map(({ uid }) => uid)).toEqual(["slm-fleet-test", "slm-model-test", "slm-replicas-test"]);
  });

  it("tells both programs under which address people reach them, and keeps their own paths", async () => {
    await made({ ...standalone, externalUrls: { prometheus: "https://watch.example/p", alertmanager: "https://watch.example/a" } });
    const flags = (part: string) => container(`watch-${part}-server`).args.filter((flag: string) => flag.startsWith("--web."));
    expect(flags("prometheus")).toEqual(["--web.external-url=https://watch.example/p", "--web.route-prefix=/"]);
    expect(flags("alertmanager")).toEqual(["--web.external-url=https://watch.example/a", "--web.route-prefix=/"]);
  });

  it("mounts each Secret of its receivers, which may come later", async () => {
    const receivers: StandaloneArgs["receivers"] = {
      ...standalone.receivers,
      chat: { kind: "slack", url: { secret: "chat", key: "url" }, channel: "#slm" },
      pager: { kind: "pagerduty", routingKey: { secret: "pager", key: "key" } },
      again: { kind: "webhook", url: { secret: "oncall", key: "other" } },
    };
    await made({ ...standalone, receivers });
    const { volumes, containers } = byName("watch-alertmanager-server")["spec"].template.spec;
    expect(volumes.slice(1, -1)).toEqual(
      ["chat", "oncall", "pager"].map((name) => ({ name: `secret-${name}`, secret: { secretName: name, optional: true } })),
    );
    expect(containers[0].volumeMounts.slice(2)).toEqual(
      ["chat", "oncall", "pager"].map((name) => ({
        name: `secret-${name}`,
        mountPath: `/etc/alertmanager/secrets/${name}`,
        readOnly: true,
      })),
    );
  });

  it("rolls Prometheus when a rule changes", async () => {
    const hash = async (fleet: StandaloneArgs["fleet"]): Promise<string> => {
      reset();
      await made({ ...standalone, fleet });
      return byName("watch-prometheus-server")["spec"].template.metadata.annotations["slm/config"];
    };
    const first = await hash(standalone.fleet);
    expect(await hash(standalone.fleet)).toBe(first);
    expect(await hash({ ...standalone.fleet, keys: [{ name: "k", expiresAt: "2027-01-01" }] })).not.toBe(first);
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
  [{ externalUrls: { prometheus: "watch.example" } }, 'externalUrls.prometheus: must be a URL of http or https, got "watch.example"'],
  [{ storageGib: 0 }, "storageGib: must be at least 1 GiB, got 0"],
  [{ memoryMib: 255 }, "memoryMib: must be at least 256 MiB, got 255"],
  [
    { receivers: { oncall: { kind: "slack", url: { secret: "a", key: "b" }, channel: "" } } },
    'receivers.oncall: must name a channel, got {"kind":"slack","url":{"secret":"a","key":"b"},"channel":""}',
  ],
  [
    { grafana: { image: "grafana/grafana", adminPassword: { secret: "a", key: "b" } } },
    'grafana.image: must be pinned by digest (name@sha256:<64 hex>), got "grafana/grafana"',
  ],
  [
    { images: { ...standalone.images, kubeStateMetrics: "ksm:latest" } },
    'images.kubeStateMetrics: must be pinned by digest (name@sha256:<64 hex>), got "ksm:latest"',
  ],
  [
    { images: { prometheus: "prom/prometheus:latest", alertmanager: image("alertmanager") } },
    'images.prometheus: must be pinned by digest (name@sha256:<64 hex>), got "prom/prometheus:latest"',
  ],
])("Monitoring refuses %j at construction", (bad, message) => {
  expect(messageOf(() => new Monitoring("watch", { ...standalone, ...bad }))).toBe(message);
});
