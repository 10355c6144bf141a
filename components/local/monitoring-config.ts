import { releaseOf } from "../../lib/engines/metric-roles";
import { objectivesOf } from "../../lib/environment/monitoring-config";
import { ruleGroups } from "../../lib/monitoring/alerts";
import type { Watchers } from "../../lib/monitoring/alerts-self";
import { dashboards } from "../../lib/monitoring/dashboards";
import { type Fleet, hasMetrics } from "../../lib/monitoring/fleet";
import { type FixedTarget, prometheusConfig } from "../../lib/monitoring/prometheus-config";
import { gatewayJob, modelJob } from "../../lib/monitoring/queries";
import { envoyPath, envoyRelabel } from "../../lib/monitoring/scrape";
import type { EnvironmentPlan, ModelPlan } from "../../lib/planner/types";
import { dashboardFiles, dashboardProvider, dataSource, withoutAnalytics } from "../monitoring/grafana";
import { defaultRunbookBase } from "../monitoring/settings";
import { serverPort } from "./engines";
import { metricsPort } from "./envoy-metrics";
import { prefixOf } from "./names";

/** Port of Prometheus in its container, and of Grafana in its own. */
export const prometheusPort = 9090;
export const grafanaPort = 3000;

/** Name by which each is found in its networks. */
export const prometheusName = "prometheus";
export const gatewayName = "gateway";

/** Folder that configuration is written to when a container starts: its root cannot be. */
const folder = "/tmp/slm";
/** Folder of the volume of Prometheus. */
export const seriesFolder = "/prometheus";

const watchers: Watchers = { jobs: [prometheusName], alertmanager: false };

/** The same fleet as in a cluster, of what a Docker engine has: nobody tells of pods and GPUs there. */
export const fleetOf = (environment: string, { models }: EnvironmentPlan): Fleet => ({
  environment,
  namespace: prefixOf(environment),
  kubeState: false,
  gateway: { clusterPattern: `(${models.map(({ name }) => name).join("|")})` },
  models: models.map(monitored),
});

function monitored({ name, coldStart, ...plan }: ModelPlan): Fleet["models"][number] {
  const release = releaseOf(plan);
  return { name, release, objectives: objectivesOf({ objectives: {} }, name, release), coldStart };
}

/** Containers that are read, with the labels that pods have in a cluster. */
function targets(fleet: Fleet): FixedTarget[] {
  const { environment, namespace } = fleet;
  const labels = (container: string) => ({ environment, namespace, pod: `${namespace}-${container}` });
  return [
    { job: prometheusName, address: `127.0.0.1:${prometheusPort}` },
    {
      ...{ job: gatewayJob, address: `${gatewayName}:${metricsPort}`, path: envoyPath },
      ...{ labels: labels("gateway"), metricRelabel: envoyRelabel(fleet) },
    },
    ...fleet.models
      .filter(hasMetrics)
      .map(({ name }) => ({ job: modelJob, address: `${name}:${serverPort}`, labels: { ...labels(name), model: name } })),
  ];
}

/** What a container writes before its program starts, each file in a variable; then the program. */
export interface Start {
  readonly line: string;
  readonly envs: Readonly<Record<string, string>>;
}

/** Longest variable that Linux lets a program have (MAX_ARG_STRLEN), in bytes, its name included. */
const longestVariable = 131_072;

function start(files: Readonly<Record<string, string>>, before: readonly string[], program: string): Start {
  const named = Object.entries(files).map(([file, text], index) => ({ file, name: `FILE_${index}`, text }));
  for (const { file, name, text } of named)
    if (Buffer.byteLength(`${name}=${text}`) >= longestVariable)
      throw new Error(`${file} has ${Buffer.byteLength(text)} bytes, and a variable holds ${longestVariable}`);
  const folders = [...new Set(named.map(({ file }) => file.slice(0, file.lastIndexOf("/"))))];
  const lines = [...folders.map((each) => `mkdir -p ${each}`), ...named.map(({ file, name }) => `printf %s "$${name}" > ${file}`)];
  return {
    line: [...before, ...lines, `exec ${program}`].join("\n"),
    envs: Object.fromEntries(named.map(({ name, text }) => [name, text])),
  };
}

/** Prometheus with the rules of a fleet; it begins when its volume is open to it. */
export function prometheusStart(fleet: Fleet, retentionDays: number): Start {
  const rules = `${folder}/rules.json`;
  const { environment } = fleet;
  const config = prometheusConfig({ environment, ruleFile: rules, pods: [], fixed: targets(fleet) });
  const groups = ruleGroups(fleet, watchers, defaultRunbookBase);
  const flags = [
    `--config.file=${folder}/prometheus.json`,
    `--storage.tsdb.path=${seriesFolder}`,
    `--storage.tsdb.retention.time=${retentionDays}d`,
    `--web.listen-address=0.0.0.0:${prometheusPort}`,
  ];
  return start(
    { [`${folder}/prometheus.json`]: JSON.stringify(config), [rules]: JSON.stringify({ groups }) },
    [`until [ -w ${seriesFolder} ]; do sleep 0.5; done`],
    `prometheus ${flags.join(" ")}`,
  );
}

/** Grafana with the dashboards of a fleet, which it reads from files at each start. */
export function grafanaStart(fleet: Fleet): Start {
  const [provisioning, shown] = [`${folder}/provisioning`, `${folder}/dashboards`];
  const files = Object.entries(dashboardFiles(dashboards(fleet))).map(([name, text]) => [`${shown}/${name}`, text]);
  const { line, envs } = start(
    {
      [`${provisioning}/datasources/datasource.yaml`]: dataSource(`${prometheusName}:${prometheusPort}`),
      [`${provisioning}/dashboards/provider.yaml`]: dashboardProvider(shown),
      ...Object.fromEntries(files),
    },
    [],
    "/run.sh",
  );
  return { line, envs: { ...envs, ...grafanaSettings, GF_PATHS_PROVISIONING: provisioning } };
}

/** Whoever is on the machine looks, and nobody changes anything: there is no account, and nothing is asked of the world. */
const grafanaSettings = {
  GF_PATHS_DATA: `${folder}/data`,
  GF_AUTH_ANONYMOUS_ENABLED: "true",
  GF_AUTH_ANONYMOUS_ORG_ROLE: "Viewer",
  GF_AUTH_BASIC_ENABLED: "false",
  GF_AUTH_DISABLE_LOGIN_FORM: "true",
  GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: "true",
  ...withoutAnalytics,
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
  GF_PLUGINS_PREINSTALL_DISABLED: "true",
};
