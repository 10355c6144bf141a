import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { startupProbe } from "../../lib/cold-start";
import { flag } from "../../lib/engines/accessor";
import { type EngineVersion, engineTable } from "../../lib/engines/tables";
import { restrictedContainer } from "../kubernetes/pod-security";
import { type EnginePod, httpLifecycle, resourcesOf } from "./deployment";
import { folderSteps } from "./download-job";
import { escapedArgs, httpPorts, variables } from "./pod";
import { type ModelServer, type Server, serverOf } from "./server";
import type { ServerArgs } from "./server-args";
import { createServerObjects } from "./server-objects";
import { loadPath, modelPart, type WeightsPlace, weightsMounts, weightsPlace, weightsVolumes } from "./weights";

/** Inputs of {@link OnnxServer}. */
export type OnnxServerArgs = ServerArgs;

/** One model in our ONNX Runtime server. */
export class OnnxServer extends pulumi.ComponentResource implements ModelServer {
  public readonly deployment: k8s.apps.v1.Deployment;
  public readonly engine = "onnx";
  public readonly revision: string;
  public readonly servedNames: readonly string[];
  public readonly embeds: readonly string[];
  public readonly onGpu: boolean;
  public readonly serves: boolean;
  public readonly autoscaled: boolean;
  /** The claim that the weights were downloaded to, if they were. */
  public readonly claim: k8s.core.v1.PersistentVolumeClaim | undefined;

  /** The names of its objects begin with `name`, a DNS label. */
  constructor(name: string, args: OnnxServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:OnnxServer", name, {}, opts);

    const server = serverOf(this, name, "onnx", args, []);
    const place = weightsPlace(server, [modelPart(args.weights)]);
    const made = createServerObjects(server, place, folderSteps(server, place), podOf(server, place), this);
    this.claim = made.claim;
    this.deployment = made.deployment;
    this.revision = made.revision;
    this.onGpu = made.onGpu;
    this.serves = made.serves;
    this.autoscaled = made.autoscaled;
    this.servedNames = [server.servedName];
    this.embeds = server.embeds ?? [];

    this.registerOutputs({ deployment: this.deployment.metadata.name });
  }
}

function podOf(server: Server, place: WeightsPlace): EnginePod {
  const table = engineTable("onnx", server.version as EngineVersion<"onnx">);
  const [model] = place.parts;
  return {
    volumes: weightsVolumes(place),
    container: {
      ...restrictedContainer,
      name: "onnx-server",
      image: server.image,
      args: escapedArgs([
        ...flag(table, "--model-dir", loadPath(model!)),
        ...flag(table, "--served-model-name", server.servedName),
        ...server.args,
      ]),
      env: variables({ HOME: "/tmp" }),
      ports: [{ name: "http", containerPort: httpPorts.onnx }],
      resources: resourcesOf(server),
      volumeMounts: [{ name: "scratch", mountPath: "/tmp" }, ...weightsMounts(place)],
      startupProbe: { httpGet: { path: "/health", port: "http" }, timeoutSeconds: 3, ...startupProbe(server.coldStart) },
      ...httpLifecycle(server, "/health"),
    },
  };
}
