import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import type { SecretKey } from "../../lib/monitoring/receivers";
import type { SecretMount } from "../secrets/secret-store";
import { variables } from "../serving/pod";
import {
  addressOf,
  claimed,
  configHash,
  files,
  guard,
  labelsOf,
  metadataOf,
  nameOf,
  type Part,
  podSpec,
  service,
  volumeClaim,
} from "./part";

/** Grafana of a standalone monitoring. */
export interface GrafanaArgs {
  /** Image, pinned by digest. Grafana is AGPL: it runs as it is, and nothing of ours links it. */
  image: string;
  /** The administrator's password: in a Secret of the monitoring's namespace, or in a store that gives it to Grafana. */
  adminPassword: (SecretKey & { mount?: never; name?: never }) | (StoredPassword & { secret?: never; key?: never });
  /** Namespaces that may reach it, such as the gateway's. @default none: it is reached by a port-forward */
  readers?: readonly string[];
  /** Volume of its users and sessions, in GiB; 1 to 4096. @default 1 */
  storageGib?: number;
}

/** A password that a store of secrets mounts. */
export interface StoredPassword {
  readonly mount: SecretMount;
  /** Its name in the store. */
  readonly name: string;
}

export const grafanaPart = (owner: string, namespace: pulumi.Input<string>): Part => ({ owner, role: "grafana", namespace, port: 3000 });

const provisioning = "/etc/grafana/provisioning";
const dashboardFolder = "/etc/grafana/dashboards";

/** Grafana's data source, at `host:port` of Prometheus. Its files are JSON, which is YAML. */
export const dataSource = (address: string): string =>
  JSON.stringify({
    apiVersion: 1,
    datasources: [
      { name: "Prometheus", uid: "slm-prometheus", type: "prometheus", url: `http://${address}`, isDefault: true, editable: false },
    ],
  });

/** Where Grafana reads dashboards from. */
export const dashboardProvider = (folder: string): string =>
  JSON.stringify({
    apiVersion: 1,
    providers: [{ name: "slm", folder: "SLM", type: "file", allowUiUpdates: false, options: { path: folder } }],
  });

/** Grafana asks nothing of the world. */
export const withoutAnalytics = { GF_ANALYTICS_REPORTING_ENABLED: "false", GF_ANALYTICS_CHECK_FOR_UPDATES: "false" };

/** Files by which Grafana finds its data source and its dashboards, under the ending that it reads. */
const provisioned = (prometheus: Part) => ({
  "datasource.yaml": addressOf(prometheus).apply(dataSource),
  "provider.yaml": dashboardProvider(dashboardFolder),
});

/** A dashboard's file, named by its uid. */
export const dashboardFiles = (dashboards: readonly Dashboard[]): Record<string, string> =>
  Object.fromEntries(dashboards.map((dashboard) => [`${dashboard.uid}.json`, JSON.stringify(dashboard)]));

/** Grafana with our dashboards; it is reached by a port-forward, or by a route of the gateway. */
export function addGrafana(
  self: pulumi.Resource,
  part: Part,
  args: GrafanaArgs,
  prometheus: Part,
  dashboards: readonly Dashboard[],
): k8s.core.v1.Service {
  const provisioning_ = provisioned(prometheus);
  const shown = dashboardFiles(dashboards);
  const maps = [files(self, part, "provisioning", provisioning_), files(self, part, "dashboards", shown)];
  const policy = guard(self, part, args.readers);
  const volume = volumeClaim(self, part, "state", args.storageGib ?? 1);
  const labels = labelsOf(part);
  const password = passwordMount(args.adminPassword);
  const template = {
    metadata: { labels: { ...labels, ...password.podLabels }, annotations: configHash({ ...provisioning_, ...shown }) },
    spec: pod(part, args.image, password),
  };
  const workload = new k8s.apps.v1.Deployment(
    `${nameOf(part)}-server`,
    {
      metadata: metadataOf(part),
      // The volume serves one pod at a time.
      spec: {
        replicas: 1,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
        selector: { matchLabels: labels },
        template,
      },
    },
    { parent: self, dependsOn: [...maps, policy, volume, ...password.ready] },
  );
  return service(self, part, workload);
}

function pod(part: Part, image: string, password: PasswordMount): k8s.types.input.core.v1.PodSpec {
  const plain = {
    ...withoutAnalytics,
    GF_AUTH_ANONYMOUS_ENABLED: "false",
    GF_SECURITY_ADMIN_PASSWORD__FILE: password.file,
  };
  return podSpec(
    part,
    {
      image,
      readyPath: "/api/health",
      env: variables(plain),
      resources: { requests: { cpu: "0.1", memory: "256Mi" }, limits: { memory: "512Mi" } },
      volumeMounts: [
        { name: "provisioning", mountPath: `${provisioning}/datasources/datasource.yaml`, subPath: "datasource.yaml", readOnly: true },
        { name: "provisioning", mountPath: `${provisioning}/dashboards/provider.yaml`, subPath: "provider.yaml", readOnly: true },
        { name: "dashboards", mountPath: dashboardFolder, readOnly: true },
        { name: "state", mountPath: "/var/lib/grafana" },
        { name: "scratch", mountPath: "/tmp" },
        ...password.volumeMounts,
      ],
    },
    {
      ...(password.serviceAccountName ? { serviceAccountName: password.serviceAccountName } : {}),
      volumes: [
        { name: "provisioning", configMap: { name: `${nameOf(part)}-provisioning` } },
        { name: "dashboards", configMap: { name: `${nameOf(part)}-dashboards` } },
        claimed(part, "state"),
        { name: "scratch", emptyDir: {} },
        ...password.volumes,
      ],
    },
  );
}

/** What the pod carries to read the password, and the file that it then finds. */
interface PasswordMount
  extends Pick<SecretMount, "podLabels" | "volumes" | "volumeMounts" | "ready">,
    Partial<Pick<SecretMount, "serviceAccountName">> {
  readonly file: string;
}

function passwordMount(password: GrafanaArgs["adminPassword"]): PasswordMount {
  if (password.mount) return { ...password.mount, file: password.mount.file(password.name) };
  const folder = "/var/run/secrets/grafana";
  return {
    podLabels: {},
    volumes: [{ name: "password", secret: { secretName: password.secret, items: [{ key: password.key, path: "password" }] } }],
    volumeMounts: [{ name: "password", mountPath: folder, readOnly: true }],
    ready: [],
    file: `${folder}/password`,
  };
}
