import path from "node:path";
import { alertmanagerConfig, secretFolder } from "../../lib/monitoring/alertmanager-config";
import { ruleGroups } from "../../lib/monitoring/alerts";
import type { Watchers } from "../../lib/monitoring/alerts-self";
import type { Fleet } from "../../lib/monitoring/fleet";
import { prometheusConfig } from "../../lib/monitoring/prometheus-config";
import { gatewayTarget } from "../../lib/monitoring/scrape";
import { alertmanager, envoy, prometheus } from "../../tools/build/monitoring";
import { build } from "../../tools/build/recipe";
import { onnxServer, smollm2HuggingFace, smollm2Onnx, torch, vllm } from "../../tools/build/recipes";
import { repoRoot } from "../../tools/lib/paths";
import { configFile, freePort, type Running, start } from "./watching";

/** Programs of the monitoring, and Envoy. */
export async function programs(): Promise<Record<"prometheus" | "promtool" | "alertmanager" | "amtool" | "envoy", string>> {
  const [server, manager, gateway] = await build([prometheus, alertmanager, envoy]);
  return {
    prometheus: path.join(server!, "prometheus"),
    promtool: path.join(server!, "promtool"),
    alertmanager: path.join(manager!, "alertmanager"),
    amtool: path.join(manager!, "amtool"),
    envoy: path.join(gateway!, "envoy/_bin/envoy"),
  };
}

/** The ONNX server with SmolLM2, one request at a time, so that a queue is easily filled. */
export async function startOnnx(folder: string, name: string, port: number): Promise<Running> {
  const [packages, model] = await build([onnxServer, smollm2Onnx]);
  const options = { "model-dir": model, "served-model-name": name, host: "127.0.0.1", port, "max-slots": 1, "max-queue": 100, threads: 1 };
  const command = [
    "env",
    `PYTHONPATH=${packages}`,
    "python3",
    "-m",
    "onnx_server",
    ...Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
  ];
  return start(`onnx-${name}`, folder, command, port, "/health", { cwd: path.join(repoRoot, "images/onnx-server") });
}

/** vLLM on the CPU with SmolLM2. On two cores that others use too, it takes minutes to come up. */
export async function startVllm(folder: string, name: string, port: number): Promise<Running> {
  const [libraries, engine, model] = await build([torch, vllm, smollm2HuggingFace]);
  const variables = [`PYTHONPATH=${engine}:${libraries}`, `HOME=${folder}`, "VLLM_NO_USAGE_STATS=1", "HF_HUB_OFFLINE=1"];
  const options = {
    model: model!,
    "served-model-name": name,
    "max-model-len": 1024,
    "kv-cache-memory-bytes": 2 ** 28,
    host: "127.0.0.1",
    port,
  };
  const flags = Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]);
  const command = ["env", ...variables, "python3", "-m", "vllm.entrypoints.cli.main", "serve", "--enforce-eager", ...flags];
  return start(`vllm-${name}`, folder, command, port, "/health", { seconds: 600 });
}

const at = (port: number) => ({ socket_address: { address: "127.0.0.1", port_value: port } });
/** As Envoy Gateway names a cluster. */
const clusterOf = (model: string): string => `httproute/slm/${model}/rule/0`;
const extension = "type.googleapis.com/envoy.extensions.filters";

/** Envoy in front of servers. Requests are sent by the path's first part; spans to a port, by OTLP over gRPC, where one is given. */
export async function startEnvoy(
  program: string,
  folder: string,
  backends: Record<string, number>,
  spans?: number,
): Promise<Running & { admin: number }> {
  const [admin, port] = [await freePort(), await freePort()];
  const config = {
    admin: { address: at(admin) },
    static_resources: {
      listeners: [listener(port, Object.keys(backends), spans === undefined ? {} : { tracing })],
      clusters: [...Object.entries(backends).map(cluster), ...(spans === undefined ? [] : [collectorCluster(spans)])],
    },
  };
  const command = [program, "--config-path", configFile(folder, "envoy.json", config), "--use-dynamic-base-id", "--concurrency", "1"];
  const running = await start("envoy", folder, command, admin, "/ready");
  return { ...running, address: `127.0.0.1:${port}`, admin };
}

/** Every request: what is kept is for the collector to say. */
const tracing = {
  random_sampling: { value: 100 },
  provider: {
    name: "envoy.tracers.opentelemetry",
    typed_config: {
      "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
      service_name: "gateway",
      grpc_service: { envoy_grpc: { cluster_name: "collector" }, timeout: "1s" },
    },
  },
};

const collectorCluster = (port: number): object => ({
  ...cluster(["collector", port]),
  name: "collector",
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
});

function listener(port: number, models: string[], traced: object): object {
  const routes = models.map((model) => ({
    match: { prefix: `/${model}/` },
    route: { cluster: clusterOf(model), prefix_rewrite: "/", timeout: "0s" },
  }));
  const manager = {
    "@type": `${extension}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "http",
    preserve_external_request_id: true,
    ...traced,
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
    http_filters: [{ name: "envoy.filters.http.router", typed_config: { "@type": `${extension}.http.router.v3.Router` } }],
  };
  const filters = [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }];
  return { name: "http", address: at(port), filter_chains: [{ filters }] };
}

const cluster = ([model, port]: [string, number]): object => ({
  name: clusterOf(model),
  type: "STATIC",
  load_assignment: { cluster_name: clusterOf(model), endpoints: [{ lb_endpoints: [{ endpoint: { address: at(port) } }] }] },
});

/** Where the engines and the gateway are, for a Prometheus that does not find them by Kubernetes. */
export interface Addresses {
  /** Ports of each model's servers. */
  readonly models: Readonly<Record<string, number | readonly number[]>>;
  readonly gateway: number;
  /** Port of what stands in for kube-state-metrics and the DCGM exporter. @default nobody does */
  readonly exporters?: number;
}

/** Name of a server's pod, as its Deployment would give it. */
export const podName = (model: string, engine: string, index: number): string => `${model}-${engine}-5d4f8c9b7-000${index}x`;

/** What is not as it is in a cluster. */
interface Differences {
  readonly watchers?: Watchers;
  /** Changes the intervals in a file. @default those of a cluster */
  readonly paced?: (written: string) => string;
}

/** Prometheus with the rules, and Alertmanager with the routes, of our own configuration; only the discovery of pods is replaced by addresses. */
export async function startMonitoring(
  folder: string,
  fleet: Fleet,
  addresses: Addresses,
  webhook: string,
  { watchers = { jobs: ["prometheus", "alertmanager"], alertmanager: true }, paced = (written) => written }: Differences = {},
): Promise<Record<"prometheus" | "alertmanager", Running>> {
  const program = await programs();
  const [port, managerPort] = [await freePort(), await freePort()];
  const managerConfig = configFile(folder, "alertmanager.json", routesTo(folder, webhook));
  const ownFlags = [`--storage.path=${folder}/alerts`, "--cluster.listen-address="];
  const manager = [program.alertmanager, `--config.file=${managerConfig}`, `--web.listen-address=127.0.0.1:${managerPort}`, ...ownFlags];
  const rules = ruleGroups(fleet, watchers, "https://runbooks.example");
  const ruleFile = configFile(folder, "rules.json", paced(JSON.stringify({ groups: rules })));
  const config = configFile(folder, "prometheus.json", paced(JSON.stringify(discovered(fleet, addresses, ruleFile, port, managerPort))));
  const flags = [`--storage.tsdb.path=${folder}/series`, `--web.listen-address=127.0.0.1:${port}`];
  const server = [program.prometheus, `--config.file=${config}`, ...flags];
  return {
    alertmanager: await start("alertmanager", folder, manager, managerPort, "/-/ready"),
    prometheus: await start("prometheus", folder, server, port, "/-/ready"),
  };
}

/** Alertmanager's configuration with one webhook for everything, and its secret below the folder. */
function routesTo(folder: string, webhook: string): string {
  const secrets = path.join(folder, "secrets");
  configFile(path.join(secrets, "hook"), "url", webhook);
  const receivers = { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } } as const;
  const config = alertmanagerConfig(receivers, { critical: "hook", warning: "hook", watchdog: "hook" });
  return JSON.stringify(config).replaceAll(secretFolder, secrets);
}

function discovered(fleet: Fleet, addresses: Addresses, ruleFile: string, port: number, managerPort: number): object {
  const manager = `127.0.0.1:${managerPort}`;
  const fixed = [
    { job: "prometheus", address: `127.0.0.1:${port}` },
    { job: "alertmanager", address: manager },
  ];
  const own = prometheusConfig({ environment: fleet.environment, ruleFile, pods: [], fixed, alertmanager: manager }) as {
    scrape_configs: object[];
  };
  const rule = gatewayTarget(fleet, { namespace: "", label: { name: "", value: "" }, port: "" }).metricRelabel.at(-1);
  const environment = { environment: fleet.environment };
  return {
    ...own,
    scrape_configs: [
      ...own.scrape_configs,
      { job_name: "slm-models", static_configs: modelConfigs(fleet, addresses) },
      {
        job_name: "slm-gateway",
        metrics_path: "/stats/prometheus",
        static_configs: [{ targets: [`127.0.0.1:${addresses.gateway}`], labels: { namespace: "gateway", ...environment } }],
        metric_relabel_configs: [{ source_labels: rule!.from, regex: rule!.regex, target_label: rule!.to }],
      },
      ...(addresses.exporters === undefined ? [] : exporterConfigs(addresses.exporters, environment)),
    ],
  };
}

const modelConfigs = ({ environment, namespace, models }: Fleet, addresses: Addresses): object[] =>
  Object.entries(addresses.models).flatMap(([model, ports]) =>
    [ports].flat().map((at, index) => {
      const { engine } = models.find(({ name }) => name === model)!.release;
      return { targets: [`127.0.0.1:${at}`], labels: { model, namespace, environment, pod: podName(model, engine, index) } };
    }),
  );

const exporterConfigs = (port: number, environment: object): object[] => [
  { job_name: "kube-state-metrics", honor_labels: true, metrics_path: "/pods", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
  { job_name: "slm-gpus", metrics_path: "/gpus", static_configs: [{ targets: [`127.0.0.1:${port}`], labels: environment }] },
];
