import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { EngineRelease } from "../../lib/engines/metric-roles";
import * as limits from "../../lib/limits";
import { externalUrl, possible } from "../../lib/monitoring/limits";
import type { Signal } from "../../lib/monitoring/queries";
import { quietSecondsOf } from "../../lib/scaling/promise";
import { type Scaled, scaledObjectSpec, signalsOf, targetsOf } from "../../lib/scaling/scaled-object";
import { type Scaling, scaling as scalingSchema } from "../../lib/scaling/settings";
import { check } from "../check";
import type { StartBudget } from "../serving/server-args";

/** Inputs of {@link Autoscaler}. */
export interface AutoscalerArgs {
  /** Namespace of the Deployment. Replaces the scaler. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the Deployment whose pods are counted: `model.server.deployment.metadata.name`. */
  readonly deployment: pulumi.Input<string>;
  /** Name of the environment: the label by which its series are found. */
  readonly environment: string;
  /** Engine and version, by which series have their names. */
  readonly release: EngineRelease;
  /** Bounds, targets, times. */
  readonly scaling: Scaling;
  /** Requests that one pod holds at once: the target for engines that have no other. @default 1 */
  readonly concurrency?: number;
  /** How long each stage of a start may take, in seconds: a pod is kept for as long as it would take to have it again. */
  readonly coldStart: StartBudget;
  /** Base URL of a Prometheus that has the series, as the cluster's pods reach it. */
  readonly prometheusUrl: pulumi.Input<string>;
}

/**
 * Sets the number of pods of one model between two bounds, by what Prometheus says of it: a ScaledObject of KEDA (2.17 or newer), which must be
 * there. Without an answer, the pods that there are stay. The server must leave the number to it (`autoscaledTo`).
 */
export class Autoscaler extends pulumi.ComponentResource {
  /** The ScaledObject. */
  public readonly scaledObject: k8s.apiextensions.CustomResource;

  /** `name` is the model's: its series are found by it, and the ScaledObject is called so. A DNS label. */
  constructor(name: string, args: AutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:scaling:Autoscaler", name, {}, opts);

    const scaled = scaledOf(this, name, args);
    const { namespace, deployment, prometheusUrl } = args;
    this.scaledObject = new k8s.apiextensions.CustomResource(
      `${name}-scaler`,
      {
        apiVersion: "keda.sh/v1alpha1",
        kind: "ScaledObject",
        metadata: { name, namespace, annotations: { "pulumi.com/waitFor": "condition=Ready" } },
        spec: scaledObjectSpec(scaled, { deployment, prometheusUrl }),
      },
      { parent: this },
    );

    this.registerOutputs({});
  }
}

/** The settings, checked, with every default filled in. */
function scaledOf(self: pulumi.Resource, name: string, args: AutoscalerArgs): Scaled {
  const { environment, release, coldStart, prometheusUrl, concurrency = 1 } = args;
  check(self, "name", limits.dnsLabel, name);
  if (typeof prometheusUrl === "string") check(self, "prometheusUrl", externalUrl, prometheusUrl);
  const scaling = check(self, "scaling", scalingSchema, args.scaling);
  check(self, "concurrency", z.number().gt(0, "must be above 0 requests"), concurrency);
  const targets = targetsOf(scaling, release.engine, concurrency);
  for (const signal of Object.keys(targets) as Signal[])
    check(self, `scaling.${signal}`, possible(signalFault(signal, release)), targets[signal]);
  return { name, environment, release, scaling, targets, quietSeconds: quietSecondsOf(scaling, coldStart) };
}

/** Why an engine cannot be scaled by a signal. */
const signalFault = (signal: Signal, { engine }: EngineRelease) =>
  signalsOf[engine].includes(signal) ? undefined : `must be left out: ${engine} tells nothing of it; use ${signalsOf[engine].join(" or ")}`;
