import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as limits from "../../lib/limits";
import type { ModelPlan } from "../../lib/planner/types";
import { check } from "../check";
import { roleLabel } from "../namespace/paths";
import { onceAnnotations, onceReadiness, restrictedContainer, restrictedPod, serverLabels, variables } from "./pod";

/** Inputs of {@link ModelEndpoint}. */
export interface ModelEndpointArgs {
  /** The plan that the server was made from. */
  readonly plan: ModelPlan;
  /** The server's Deployment, ready: the endpoint moves to it only then. */
  readonly deployment: k8s.apps.v1.Deployment;
  /** Names that the server must list and answer to, beside the model's own: adapters, variants and further models. @default none */
  readonly alsoServes?: readonly string[];
  /** Image with Python 3, pinned by digest, that asks the model. */
  readonly verifierImage: string;
  readonly namespace: pulumi.Input<string>;
}

/** What a verified model showed: seconds to its first token, and output tokens a second after it. */
export interface Measured {
  readonly ttftSeconds: number;
  readonly tokensPerSecond: number;
}

/** Port of every endpoint, whichever engine is behind it. */
const port = 80;
/** Seconds that the verifier keeps asking before it says why not; it has two such tries. */
const patienceSeconds = 60;
const deadline = `${2 * patienceSeconds + 60}s`;

/**
 * A stable in-cluster address for one model, and the proof that the model answered there: an update fails when it did not. The address stays
 * when the engine changes; it moves over when the new engine is ready.
 */
export class ModelEndpoint extends pulumi.ComponentResource {
  /** Base URL of the OpenAI-compatible API for clients in the cluster. */
  public readonly url: pulumi.Output<string>;
  /** The same by the Service's address, for clients that reach the cluster's network but not its DNS. */
  public readonly addressUrl: pulumi.Output<string>;
  /** What each name showed when it was verified. */
  public readonly measured: pulumi.Output<Readonly<Record<string, Measured>>>;

  /** `name` is the name of the Service, so the host that clients ask; a DNS label. They ask it for `plan.name`. */
  constructor(name: string, args: ModelEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:ModelEndpoint", name, {}, opts);

    check(this, "name", limits.dnsLabel, name);
    check(this, "verifierImage", limits.pinnedImage, args.verifierImage);
    const service = endpointService(name, args, this);
    const verifier = verifierPod(name, args, service, this);

    this.url = pulumi.interpolate`http://${service.metadata.name}.${service.metadata.namespace}.svc.cluster.local/v1`;
    this.addressUrl = pulumi.interpolate`http://${service.spec.clusterIP}/v1`;
    this.measured = verifier.status.apply(measuredOf);
    this.registerOutputs({ url: this.url, addressUrl: this.addressUrl, measured: this.measured });
  }
}

const script = readFileSync(path.join(__dirname, "scripts/verify.py"), "utf8");

function endpointService(name: string, { plan, namespace, deployment }: ModelEndpointArgs, parent: pulumi.Resource): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    `${name}-service`,
    {
      // The selector is that of a Deployment which is ready, so the Service has its endpoints: waiting for it to settle would cost ten seconds and tell nothing.
      metadata: { name, namespace, labels: serverLabels(name, plan), annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { selector: deployment.spec.selector.matchLabels, ports: [{ name: "http", port, targetPort: "http" }] },
    },
    { parent },
  );
}

/**
 * A pod that asks until the model has answered, and then ends. It is made anew when what it verified changed. It starts again when it failed,
 * so that the next update, which waits for the same pod, can pass.
 */
function verifierPod(name: string, args: ModelEndpointArgs, service: k8s.core.v1.Service, parent: pulumi.Resource): k8s.core.v1.Pod {
  const { plan, alsoServes = [], verifierImage, namespace, deployment } = args;
  const revision = pulumi.jsonStringify(deployment.spec).apply((spec) => createHash("sha256").update(spec).digest("hex").slice(0, 12));
  const environment = {
    URL: `http://${name}`,
    ENGINE: plan.engine,
    MODELS: [plan.name, ...alsoServes].join("\n"),
    DEVICE: plan.placement.gpu && plan.pod.gpuCount > 0 ? "gpu" : "cpu",
    PATIENCE: String(patienceSeconds),
    HOME: "/tmp",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  return new k8s.core.v1.Pod(
    `${name}-verified`,
    {
      metadata: {
        namespace,
        annotations: onceAnnotations,
        labels: { ...serverLabels(name, plan), "app.kubernetes.io/name": "verifier", [roleLabel]: "verifier" },
      },
      spec: {
        ...restrictedPod,
        restartPolicy: "OnFailure",
        containers: [
          {
            ...restrictedContainer,
            name: "verify",
            image: verifierImage,
            command: ["python3", "-c", script],
            env: [...variables(environment), { name: "REVISION", value: revision }],
            readinessProbe: onceReadiness,
            resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          },
        ],
      },
    },
    { parent, dependsOn: [service], customTimeouts: { create: deadline, update: deadline } },
  );
}

/** The verifier's result is its termination message. */
function measuredOf(status: k8s.types.output.core.v1.PodStatus | undefined): Record<string, Measured> {
  const message = status?.containerStatuses?.[0]?.state?.terminated?.message;
  return message ? (JSON.parse(message) as Record<string, Measured>) : {};
}
