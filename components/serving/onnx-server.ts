import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { startupProbe } from "../../lib/cold-start";
import { checkServer } from "./check-server";
import { lifecycle, serverObjects } from "./deployment";
import { resources, restrictedContainer, variables } from "./pod";
import type { ServerArgs } from "./server-args";
import { weightsClaim, weightsMount } from "./weights";
import { bringParts, weightsPod } from "./weights-pod";

/** Inputs of {@link OnnxServer}. */
export type OnnxServerArgs = ServerArgs;

/** One model in our ONNX Runtime server. */
export class OnnxServer extends pulumi.ComponentResource {
  /** The Deployment, ready. */
  public readonly deployment: k8s.apps.v1.Deployment;

  /** The names of its objects begin with `name`, a DNS label; clients ask for the model by the name in its plan. */
  constructor(name: string, args: OnnxServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:OnnxServer", name, {}, opts);

    checkServer(this, name, args, "onnx");
    const claim = weightsClaim(name, args, this);
    const weights = weightsMount(args.plan.weights, claim?.metadata.name);
    const brought = weightsPod(name, args, bringParts(args, claim?.metadata.name), this);
    this.deployment = serverObjects(name, args, { container: container(args, weights.mounts), volumes: weights.volumes }, this, brought);

    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}

function container(args: OnnxServerArgs, mounts: k8s.types.input.core.v1.VolumeMount[]): k8s.types.input.core.v1.Container {
  const { plan, image } = args;
  return {
    ...restrictedContainer,
    name: "onnx-server",
    image,
    args: [...plan.args],
    env: variables({ HOME: "/tmp" }),
    ports: [{ name: "http", containerPort: 8000 }],
    resources: resources(plan),
    volumeMounts: [{ name: "scratch", mountPath: "/tmp" }, ...mounts],
    startupProbe: { httpGet: { path: "/health", port: "http" }, timeoutSeconds: 3, ...startupProbe(plan.coldStart) },
    ...lifecycle(args, "/health"),
  };
}
