import { intervalSeconds, scrapeTimeoutSeconds } from "./alerts";
import { type PodTarget, type Relabel, relabelConfigs, scrapeConfig } from "./scrape";

/** What is read at an address that stays: a part of the monitoring, or a container. Those of one job differ in address and labels alone. */
export interface FixedTarget {
  readonly job: string;
  /** `host:port`. */
  readonly address: string;
  /** Path of the metrics. @default "/metrics" */
  readonly path?: string;
  /** Labels of all its series. @default none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Which of its series are kept, and the labels that they are given. @default all, as they are */
  readonly metricRelabel?: readonly Relabel[];
  /** Whether the labels of its series are about what it tells of, and not about itself: kube-state-metrics. */
  readonly honorLabels?: boolean;
}

/** What a Prometheus of ours reads and where it sends alerts. */
export interface PrometheusSettings {
  /** Label `environment` of every alert. */
  readonly environment: string;
  readonly ruleFile: string;
  readonly pods: readonly PodTarget[];
  readonly fixed: readonly FixedTarget[];
  /** `host:port` of Alertmanager. */
  readonly alertmanager?: string;
}

/** Series that one target may have; a server with ten times what vLLM 0.32 has (369) is broken. */
const sampleLimit = 20_000;

/** Prometheus' configuration. It is written as JSON, which is YAML. */
export function prometheusConfig({ environment, ruleFile, pods, fixed, alertmanager }: PrometheusSettings): object {
  const interval = `${intervalSeconds}s`;
  return {
    global: {
      scrape_interval: interval,
      scrape_timeout: `${scrapeTimeoutSeconds}s`,
      evaluation_interval: interval,
      sample_limit: sampleLimit,
      external_labels: { environment },
    },
    rule_files: [ruleFile],
    ...(alertmanager ? { alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] } } : {}),
    scrape_configs: [...pods.map(scrapeConfig), ...fixedScrapes(fixed)],
  };
}

/** Prometheus takes the name of a job once: its targets are read the same way, each with labels of its own. */
const fixedScrapes = (fixed: readonly FixedTarget[]): object[] =>
  [...new Set(fixed.map(({ job }) => job))].map((name) => fixedScrape(fixed.filter(({ job }) => job === name)));

function fixedScrape(targets: readonly FixedTarget[]): object {
  const { job, path, metricRelabel, honorLabels = false } = targets[0]!;
  return {
    job_name: job,
    honor_labels: honorLabels,
    ...(path ? { metrics_path: path } : {}),
    static_configs: targets.map(({ address, labels }) => ({ targets: [address], ...(labels ? { labels } : {}) })),
    ...(metricRelabel ? { metric_relabel_configs: relabelConfigs(metricRelabel) } : {}),
  };
}
