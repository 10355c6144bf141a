import type { types } from "@pulumi/kubernetes";

import type { NodePool } from "../../lib/azure/pools";
import { gpuTaints, spotTaint, tolerationsOf } from "../../lib/taints";
import { poolKeyLabel } from "./agent-pool";

type DaemonSetSpec = types.input.apps.v1.DaemonSetSpec;
type Container = types.input.core.v1.Container;

/** Images of what runs on every GPU node. */
export interface GpuImages {
  /** NVIDIA's device plugin: without it a node offers no GPU. */
  readonly devicePlugin: string;
  /** NVIDIA's exporter of GPU metrics. */
  readonly dcgmExporter: string;
}

/**
 * The device plugin's series of azure-aks-docs, use-nvidia-gpu.md (2026-08-21); the exporter of its own chart (dcgm-exporter, 2026-05-12).
 * The digests are those that public repositories pinned independently (two and six of them, 2026).
 */
export const defaultGpuImages: GpuImages = {
  devicePlugin: "nvcr.io/nvidia/k8s-device-plugin:v0.18.2@sha256:b5788e29e7ae5272de8de863ebe386d6611e608421a6ecc5b4e7d5952aba637f",
  dcgmExporter:
    "nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless@sha256:60d3b00ac80b4ae77f94dae2f943685605585ad9e92fdccda3154d009ae317cc",
};

/** Port of the exporter's metrics. */
const metricsPort = 9400;

/** Their nodes may be the old pool's, which was on spot, while the new one is not. */
const tolerations = tolerationsOf([...gpuTaints, spotTaint]);

/** Offers the GPUs of a pool's nodes to pods. */
export function devicePlugin({ key, gpu }: NodePool, image: string): DaemonSetSpec {
  return daemon("device-plugin", key, {
    name: "device-plugin",
    image,
    env: [
      { name: "MIG_STRATEGY", value: gpu?.migProfile ? "single" : "none" },
      { name: "FAIL_ON_INIT_ERROR", value: "true" },
    ],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    volumeMounts: [{ name: "plugins", mountPath: "/var/lib/kubelet/device-plugins" }],
  });
}

/** Tells what the GPUs of a pool's nodes do. */
export function dcgmExporter({ key }: NodePool, image: string): DaemonSetSpec {
  return daemon("dcgm-exporter", key, {
    name: "dcgm-exporter",
    image,
    env: [
      { name: "DCGM_EXPORTER_LISTEN", value: `:${metricsPort}` },
      { name: "DCGM_EXPORTER_KUBERNETES", value: "true" },
    ],
    ports: [{ name: "metrics", containerPort: metricsPort }],
    // It profiles the GPU, which the kernel leaves to the administrator.
    securityContext: { runAsNonRoot: false, runAsUser: 0, capabilities: { add: ["SYS_ADMIN"] } },
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "200m", memory: "512Mi" } },
    volumeMounts: [{ name: "pods", mountPath: "/var/lib/kubelet/pod-resources", readOnly: true }],
  });
}

const folders: Record<string, string> = { plugins: "/var/lib/kubelet/device-plugins", pods: "/var/lib/kubelet/pod-resources" };

/** Labels of a daemon and its pods. */
export const daemonLabels = (name: string, key: string) => ({ "app.kubernetes.io/name": name, "app.kubernetes.io/instance": key });

/** It follows the pool's key, so that it serves the old and the new pool while one replaces the other. */
function daemon(name: string, key: string, container: Container): DaemonSetSpec {
  const labels = daemonLabels(name, key);
  const volumes = (container.volumeMounts as types.input.core.v1.VolumeMount[]).map((mount) => String(mount.name));
  return {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        nodeSelector: { [poolKeyLabel]: key },
        tolerations,
        priorityClassName: "system-node-critical",
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        containers: [container],
        volumes: volumes.map((volume) => ({ name: volume, hostPath: { path: folders[volume]! } })),
      },
    },
  };
}
