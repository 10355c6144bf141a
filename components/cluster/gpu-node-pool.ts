import type * as azure from "@pulumi/azure-native";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { NodePool } from "../../lib/azure/pools";
import { agentPool, type PoolPlace, poolLabel, poolTaints } from "./agent-pool";
import { daemonLabels, dcgmExporter, defaultGpuImages, devicePlugin, type GpuImages } from "./gpu-daemons";

/** Inputs of {@link GpuNodePool}. */
export interface GpuNodePoolArgs {
  /** Cluster and subnet of the pool. */
  place: PoolPlace;
  /** The pool, as planned. Size, driver, slices, spot, zones and disk replace it: the new one first, then the models, then the old one goes. */
  pool: NodePool;
  /** The cluster, and a namespace in it that admits privileged pods. */
  kubernetes: { provider: k8s.Provider; namespace: pulumi.Input<string> };
  /** @default {@link defaultGpuImages} */
  images?: GpuImages;
  /** Refuse to delete or replace the pool. @default true */
  protect?: boolean;
}

/** A pool of GPU nodes with what makes their GPUs usable and seen: device plugin and metrics exporter. */
export class GpuNodePool extends pulumi.ComponentResource {
  /** Labels that a pod must select to run here. They change when the pool is replaced, which moves the pods; the pods depend on this component. */
  public readonly nodeSelector: Record<string, string>;
  /** Taints that a pod must tolerate to run here. */
  public readonly taints: readonly string[];
  /** The pool itself. */
  public readonly nodes: azure.containerservice.AgentPool;

  constructor(name: string, args: GpuNodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:cluster:GpuNodePool", name, args, opts);

    const { pool, place, images = defaultGpuImages, protect = true } = args;
    validate(this, pool);
    this.nodes = agentPool(`${name}-pool`, pool, place, { parent: this, protect });
    // AMD's plugin is another one, which this project does not run.
    if (pool.gpu?.driver === "Install") this.daemons(name, args, images);

    this.nodeSelector = { [poolLabel]: pool.name };
    this.taints = poolTaints(pool);
    this.registerOutputs({ nodeSelector: this.nodeSelector });
  }

  private daemons(name: string, { pool, kubernetes: { provider, namespace } }: GpuNodePoolArgs, images: GpuImages): void {
    const options = { parent: this, provider, dependsOn: [this.nodes] };
    const metadata = (role: string) => ({ name: `${role}-${pool.key}`, namespace, labels: daemonLabels(role, pool.key) });
    new k8s.apps.v1.DaemonSet(
      `${name}-device-plugin`,
      { metadata: metadata("device-plugin"), spec: devicePlugin(pool, images.devicePlugin) },
      options,
    );
    new k8s.apps.v1.DaemonSet(
      `${name}-dcgm-exporter`,
      { metadata: metadata("dcgm-exporter"), spec: dcgmExporter(pool, images.dcgmExporter) },
      options,
    );
  }
}

function validate(self: GpuNodePool, { gpu, scale, size }: NodePool): void {
  const fail = (message: string): never => {
    throw new pulumi.ResourceError(message, self, true);
  };
  if (!gpu) {
    fail(`pool.size: must have a GPU, got ${JSON.stringify(size)}; use agentPool for processors alone`);
    return;
  }
  if (gpu.migProfile && scale.kind === "auto")
    fail(`pool.scale: the autoscaler does not know GPUs partitioned by MIG (${gpu.migProfile}), got "auto"; use kind fixed`);
}
