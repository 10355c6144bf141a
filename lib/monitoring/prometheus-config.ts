import { intervalSeconds, scrapeTimeoutSeconds } from "./alerts";
import { type PodTarget, scrapeConfig } from "./scrape";

/** A part of the monitoring with a fixed address. */
export interface FixedTarget {
  readonly job: string;
  /** `host:port`. */
  readonly address: string;
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
    scrape_configs: [
      ...pods.map(scrapeConfig),
      ...fixed.map(({ job, address, honorLabels = false }) => ({
        job_name: job,
        honor_labels: honorLabels,
        static_configs: [{ targets: [address] }],
      })),
    ],
  };
}
