import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { dashboards } from "../../../lib/monitoring/dashboards";
import type { Fleet } from "../../../lib/monitoring/fleet";
import { models, wholeFleet } from "../../support/fleet";
import { mockPulumi, reset } from "../../support/mocks";
import { byName, container, image, made, standalone } from "../../support/monitored";

beforeAll(mockPulumi);
beforeEach(reset);

/** What Grafana reads of a file of data sources, and of one of dashboard providers (grafana.com, administration/provisioning). */
const datasourceFile = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: z.string(),
      uid: z.string().max(40),
      type: z.literal("prometheus"),
      url: z.url(),
      isDefault: z.boolean(),
      editable: z.boolean(),
    }),
  ),
});
const providerFile = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: z.string(),
      folder: z.string(),
      type: z.literal("file"),
      allowUiUpdates: z.literal(false),
      options: z.strictObject({ path: z.string() }),
    }),
  ),
});
/** What a dashboard in a file must have; one with an `id` of its own would be refused by every other Grafana. */
const target = z.looseObject({ refId: z.string(), expr: z.string().min(1) });
const panel = z.looseObject({
  title: z.string().min(1),
  type: z.string().min(1),
  gridPos: z.looseObject({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1).max(24), h: z.int().min(1) }),
  targets: z.array(target).optional(),
});
const dashboardFile = z.looseObject({
  id: z.null().optional(),
  uid: z.string().regex(/^[a-z0-9-]{1,40}$/),
  title: z.string().min(1),
  schemaVersion: z.int().min(36),
  panels: z.array(panel).min(1),
  templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })).min(1) }),
});

const whole = {
  ...standalone,
  fleet: wholeFleet,
  gateway: { namespace: "gateway", label: { name: "a", value: "b" }, port: "metrics" },
  gpus: { namespace: "gpus", label: { name: "a", value: "b" }, port: "metrics" },
  images: { ...standalone.images, kubeStateMetrics: image("kube-state-metrics") },
  grafana: { image: image("grafana"), adminPassword: { secret: "grafana", key: "password" } },
};
const filesOf = (name: string): Record<string, string> => byName(name)["data"];

describe("what Grafana is provisioned with", () => {
  it("is a data source that is our Prometheus, and the default one, so that the variable finds it", async () => {
    await made(whole);
    const [source, ...others] = datasourceFile.parse(JSON.parse(filesOf("watch-grafana-provisioning")["datasource.yaml"]!)).datasources;
    expect(others).toEqual([]);
    expect(source).toMatchObject({ url: "http://watch-prometheus.monitoring.svc:9090", isDefault: true });
  });

  it("is a provider that reads the folder in which the dashboards are mounted, each file where Grafana looks for it", async () => {
    await made(whole);
    const { providers } = providerFile.parse(JSON.parse(filesOf("watch-grafana-provisioning")["provider.yaml"]!));
    const mounts = container("watch-grafana-server").volumeMounts as { name: string; mountPath: string; subPath?: string }[];
    expect(providers.map(({ options }) => options.path)).toEqual([mounts.find(({ name }) => name === "dashboards")!.mountPath]);
    expect(mounts.flatMap(({ mountPath, subPath }) => (subPath ? [mountPath] : []))).toEqual([
      "/etc/grafana/provisioning/datasources/datasource.yaml",
      "/etc/grafana/provisioning/dashboards/provider.yaml",
    ]);
  });

  it("are dashboards in Grafana's format, each under its own uid, every panel under an id and a reference of its own", async () => {
    await made(whole);
    const files = Object.entries(filesOf("watch-grafana-dashboards"));
    expect(files.map(([file]) => file)).toHaveLength(6);
    for (const [file, text] of files) {
      const read = dashboardFile.parse(JSON.parse(text));
      expect(file).toBe(`${read.uid}.json`);
      const ids = read.panels.map((one) => one["id"]).filter((id) => id !== undefined && id !== 0);
      expect(new Set(ids).size, file).toBe(ids.length);
      for (const { title, targets = [] } of read.panels)
        expect(new Set(targets.map(({ refId }) => refId)).size, `${file}: ${title}`).toBe(targets.length);
    }
  });

  it("fits into a ConfigMap, however many models there are", () => {
    const fleet: Fleet = { ...wholeFleet, models: Array.from({ length: 200 }, (_, index) => ({ ...models.chat, name: `model-${index}` })) };
    const bytes = dashboards(fleet).reduce((sum, one: Dashboard) => sum + JSON.stringify(one).length, 0);
    expect(bytes).toBeLessThan(1024 * 1024); // kubernetes.io, ConfigMap: at most 1 MiB
  });
});
