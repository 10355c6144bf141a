import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { defaultPrometheusPort, loopback } from "../../lib/environment/docker-config";
import * as bounds from "../../lib/gateway/limits";
import type { Fleet } from "../../lib/monitoring/fleet";
import * as limits from "../../lib/monitoring/limits";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { check } from "../check";
import { type ContainerSettings, createContainer, createImage, nobody, onceMore, owner, variables } from "./container";
import {
  fleetOf,
  grafanaPort,
  grafanaStart,
  prometheusName,
  prometheusPort,
  prometheusStart,
  type Start,
  seriesFolder,
} from "./monitoring-config";
import { labelList, labelsOf, prefixOf } from "./names";

/** Inputs of {@link LocalMonitoring}. */
export interface LocalMonitoringArgs {
  /** Name of the environment: names on the engine begin with it. Replaces everything. */
  readonly environment: string;
  /** What the planner decided of all models. */
  readonly plan: EnvironmentPlan;
  /** Images, pinned by digest, of which each has a shell. Grafana is AGPL: it runs as it is, and nothing of ours links it. */
  readonly images: { readonly prometheus: pulumi.Input<string>; readonly grafana?: pulumi.Input<string> };
  /** Networks: that of the servers, and the one by which this machine reaches containers. */
  readonly networks: { readonly models: pulumi.Input<string>; readonly door: pulumi.Input<string> };
  /** Port of 127.0.0.1 that Prometheus listens at; 1024 to 65535. @default 9090 */
  readonly port?: number;
  /** The same of Grafana; it needs its image. @default no Grafana */
  readonly grafanaPort?: number;
  /** Days for which series are kept; 1 to 730. @default 15 */
  readonly retentionDays?: number;
}

/** Memory of each, in MiB: that of the same programs in a cluster. */
export const prometheusMemoryMib = 512;
export const grafanaMemoryMib = 512;

/**
 * Prometheus beside the models of a Docker engine, with the rules that a cluster has as far as something here tells of what they ask, and Grafana
 * with the dashboards. Alerts are seen on the pages of Prometheus; nobody is notified. Series outlive the stack, in a volume.
 */
export class LocalMonitoring extends pulumi.ComponentResource {
  /** Base URL of Prometheus, from this machine. */
  public readonly prometheusUrl: string;
  /** Base URL of Grafana, from this machine; undefined: there is none. */
  public readonly grafanaUrl: string | undefined;

  constructor(name: string, args: LocalMonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:local:LocalMonitoring", name, {}, opts);

    const port = check(this, "port", bounds.port, args.port ?? defaultPrometheusPort);
    const retentionDays = check(this, "retentionDays", limits.retentionDays, args.retentionDays ?? limits.defaultRetentionDays);
    const fleet = fleetOf(args.environment, args.plan);
    createPrometheus(this, name, args, prometheusStart(fleet, retentionDays), port);
    this.prometheusUrl = `http://${loopback}:${port}`;
    this.grafanaUrl = createGrafana(this, name, args, fleet);

    this.registerOutputs({ prometheusUrl: this.prometheusUrl, grafanaUrl: this.grafanaUrl });
  }
}

const startOf = ({ line, envs }: Start): Partial<docker.ContainerArgs> => ({
  entrypoints: ["/bin/sh", "-euc"],
  command: [line],
  envs: variables(envs),
});

/** To this machine alone: neither asks who comes. */
const publishedAt = (internal: number, external: number): Partial<docker.ContainerArgs> => ({
  ports: [{ internal, external, ip: loopback }],
  restart: "unless-stopped",
});

function createPrometheus(
  parent: LocalMonitoring,
  name: string,
  { environment, networks, images }: LocalMonitoringArgs,
  start: Start,
  port: number,
): void {
  const image = createImage(`${name}-prometheus-image`, images.prometheus, parent);
  const volume = new docker.Volume(
    `${name}-series`,
    { name: `${prefixOf(environment)}-series`, labels: labelList(labelsOf(environment, "series")) },
    { parent, retainOnDelete: true },
  );
  const shared = {
    belongs: { environment, role: "monitoring" as const },
    image,
    mounts: [{ volumeName: volume.name, containerPath: seriesFolder, readOnly: false }],
  };
  // A new volume is root's: its group, which Prometheus is of, may then write to it.
  const opening: ContainerSettings = {
    ...{ ...shared, suffix: "series", networks: [], user: owner, memoryMib: 64 },
    overrides: {
      ...startOf({ line: `chgrp ${nobody.split(":")[1]} ${seriesFolder} && chmod 0770 ${seriesFolder}`, envs: {} }),
      ...onceMore,
    },
  };
  createContainer(`${name}-series-folder`, opening, { parent });
  createContainer(
    `${name}-prometheus`,
    {
      ...{ ...shared, suffix: prometheusName, user: nobody, memoryMib: prometheusMemoryMib },
      networks: [{ name: networks.models }, { name: networks.door, aliases: [prometheusName] }],
      overrides: { ...startOf(start), ...publishedAt(prometheusPort, port) },
    },
    { parent },
  );
}

function createGrafana(
  parent: LocalMonitoring,
  name: string,
  { environment, networks, images, grafanaPort: published }: LocalMonitoringArgs,
  fleet: Fleet,
): string | undefined {
  if (published === undefined) return undefined;
  const port = check(parent, "grafanaPort", bounds.port, published);
  if (images.grafana === undefined) throw new pulumi.RunError(`${name}: images.grafana: must be given where grafanaPort is, got nothing`);
  createContainer(
    `${name}-grafana`,
    {
      belongs: { environment, role: "monitoring" },
      ...{ suffix: "grafana", user: nobody, memoryMib: grafanaMemoryMib, mounts: [] },
      image: createImage(`${name}-grafana-image`, images.grafana, parent),
      networks: [{ name: networks.door }],
      overrides: { ...startOf(grafanaStart(fleet)), ...publishedAt(grafanaPort, port) },
    },
    { parent },
  );
  return `http://${loopback}:${port}`;
}
