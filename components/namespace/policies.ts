import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { type CiliumSpec, ciliumSpec, toNames, withDnsVisibility } from "./cilium";
import { type Client, type CollectorPath, downloadLabel, openPaths, type WeightsPath } from "./paths";

/** What enforces network policies; each knows a kind of its own best. */
export type DataPlane = "kubernetes" | "cilium";

/** The allow rules of a namespace. */
interface Paths {
  readonly clients: readonly Client[];
  readonly weights: readonly WeightsPath[];
  readonly collector: CollectorPath | undefined;
}

/** A policy for each path, of the kind that the data plane keeps best, by resource name. */
export function makePolicies(
  name: string,
  { clients, weights, collector }: Paths,
  { dataPlane, namespace }: { dataPlane: DataPlane; namespace: pulumi.Output<string> },
  opts: pulumi.CustomResourceOptions,
): (k8s.networking.v1.NetworkPolicy | k8s.apiextensions.CustomResource)[] {
  const metadata = (path: string) => ({ namespace, name: path });
  if (dataPlane === "cilium")
    return Object.entries(ciliumPaths(clients, weights, collector)).map(
      ([path, spec]) =>
        new k8s.apiextensions.CustomResource(
          `${name}-${path}`,
          { apiVersion: "cilium.io/v2", kind: "CiliumNetworkPolicy", metadata: metadata(path), spec },
          opts,
        ),
    );
  return Object.entries(openPaths(clients, weights, collector)).map(
    ([path, spec]) => new k8s.networking.v1.NetworkPolicy(`${name}-${path}`, { metadata: metadata(path), spec }, opts),
  );
}

/** The same paths for Cilium, which can also open one by a host's name. */
export function ciliumPaths(
  clients: readonly Client[],
  weights: readonly WeightsPath[],
  collector?: CollectorPath,
): Readonly<Record<string, CiliumSpec>> {
  const paths = Object.entries(openPaths(clients, weights, collector)).map(([path, spec]) => [path, ciliumSpec(spec)] as const);
  const named = weights.flatMap((path) => (path.name === undefined ? [] : [path]));
  if (named.length === 0) return Object.fromEntries(paths);
  return {
    ...Object.fromEntries(paths.map(([path, spec]) => [path, path === "dns" ? withDnsVisibility(spec) : spec])),
    "download-weights-by-name": toNames({ [downloadLabel]: "weights" }, named),
  };
}
