import { createHash } from "node:crypto";

import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as limits from "../../lib/limits";
import { check } from "../check";
import { restrictedContainer, restrictedPod } from "../kubernetes/pod-security";
import { roleLabel } from "../namespace/paths";
import { httpPorts, revisionLabel, serverLabels, variables } from "./pod";
import { script } from "./script";
import type { ModelServer } from "./server";

/** Inputs of {@link ModelEndpoint}. */
export interface ModelEndpointArgs {
  /** The server, ready: the endpoint moves to it only then. Each of its names must be listed and answer. */
  readonly server: ModelServer;
  /** Image with Python 3, pinned by digest, that asks the model; what is known only later is not checked here. */
  readonly verifierImage: pulumi.Input<string>;
  /** Namespace of the address, the server's own. Replaces it. */
  readonly namespace: pulumi.Input<string>;
}

/** What a verified model showed: seconds to its first token, and output tokens a second after it; of one that embeds, what its vector took. */
export interface Measured {
  /** Time to the first token, or to the vector, in seconds. */
  readonly ttftSeconds: number;
  /** Tokens per second after the first; of a model that embeds, tokens of the text by the time that it took. */
  readonly tokensPerSecond: number;
  /** Numbers of the vector. Absent: the model answers with text. */
  readonly dimensions?: number;
}

/** Port of every endpoint, whichever engine is behind it. */
const port = 80;
/** Seconds that the verifier keeps asking before it says why not; it has two such tries. */
const timeoutSeconds = 60;
const deadline = `${2 * timeoutSeconds + 60}s`;

/**
 * A stable in-cluster address for one model, and the proof that the model answered there: an update fails when it did not. The address stays
 * when the engine changes; it moves over when the new engine is ready.
 */
export class ModelEndpoint extends pulumi.ComponentResource {
  /** Base URL of the OpenAI-compatible API for clients in the cluster. */
  public readonly url: pulumi.Output<string>;
  /** The same by the Service's address, for clients that reach the cluster's network but not its DNS. */
  public readonly addressUrl: pulumi.Output<string>;
  /** The Service. */
  public readonly service: k8s.core.v1.Service;
  /** What each name showed when it was verified; nothing where the server has no pods. */
  public readonly measured: pulumi.Output<Readonly<Record<string, Measured>>>;

  /** `name` is the name of the Service, so the host that clients ask; a DNS label. They ask it for the server's names. */
  constructor(name: string, args: ModelEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:ModelEndpoint", name, {}, opts);

    check(this, "name", limits.dnsLabel, name);
    if (typeof args.verifierImage === "string") check(this, "verifierImage", limits.pinnedImage, args.verifierImage);
    this.service = createService(name, args, this);
    const lists = createLists(name, args, this);
    const verifier = args.server.serves ? createVerifier(name, args, [this.service, ...lists], this) : undefined;

    this.url = pulumi.interpolate`http://${this.service.metadata.name}.${this.service.metadata.namespace}.svc.cluster.local/v1`;
    this.addressUrl = pulumi.interpolate`http://${this.service.spec.clusterIP}/v1`;
    this.measured = verifier ? verifier.status.apply(measuredOf) : pulumi.output<Record<string, Measured>>({});
    this.registerOutputs({ url: this.url, addressUrl: this.addressUrl, measured: this.measured });
  }
}

/**
 * A pod that does one thing and ends: Pulumi waits for that. It is never ready, only done; its probe fails with what stands in the termination
 * log, so that Kubernetes tells as an event, and Pulumi as a warning, what it is at or why it failed. (Pulumi's own wait for pods starts its
 * clock anew at every event of any pod, so it need not end.)
 */
const onceAnnotations = { "pulumi.com/waitFor": "jsonpath={.status.phase}=Succeeded" };
const onceReadiness = {
  exec: { command: ["/bin/sh", "-c", "cat /dev/termination-log; exit 1"] },
  initialDelaySeconds: 5,
  periodSeconds: 5,
};

function createService(name: string, { server, namespace }: ModelEndpointArgs, parent: pulumi.Resource): k8s.core.v1.Service {
  return new k8s.core.v1.Service(
    `${name}-service`,
    {
      // The selector is that of a Deployment which is ready, so the Service has its endpoints: waiting for it to settle would cost ten seconds and tell nothing.
      metadata: { name, namespace, labels: serverLabels({ name, engine: server.engine }), annotations: { "pulumi.com/skipAwait": "true" } },
      spec: { selector: server.deployment.spec.selector.matchLabels, ports: [{ name: "http", port, targetPort: "http" }] },
    },
    { parent },
  );
}

/** Name, in cluster DNS too, of the list of a server's ready pods: all of them, or those of the revision that is to be verified. */
const listName = (name: string, which: "all" | "new"): string => `${name}-${which}-pods`;

/** Services without an address, for the verifier: it may not ask the API server which pods there are. */
function createLists(name: string, { server, namespace }: ModelEndpointArgs, parent: pulumi.Resource): k8s.core.v1.Service[] {
  const all = server.deployment.spec.selector.matchLabels;
  const current = all.apply((labels): Record<string, string> => ({ ...labels, [revisionLabel]: server.revision }));
  const annotations = { "pulumi.com/skipAwait": "true" };
  const labels = serverLabels({ name, engine: server.engine });
  const list = (which: "all" | "new", selector: typeof all) =>
    new k8s.core.v1.Service(
      listName(name, which),
      {
        metadata: { name: listName(name, which), namespace, labels, annotations },
        spec: { clusterIP: "None", selector, ports: [{ name: "http", port: httpPorts[server.engine], targetPort: "http" }] },
      },
      { parent },
    );
  return [list("all", all), list("new", current)];
}

/**
 * A pod that asks until the model has answered, and then ends. It is made anew when what it verified changed. It starts again when it failed,
 * so that the next update, which waits for the same pod, can pass.
 */
function createVerifier(
  name: string,
  args: ModelEndpointArgs,
  services: readonly k8s.core.v1.Service[],
  parent: pulumi.Resource,
): k8s.core.v1.Pod {
  const { server, verifierImage, namespace } = args;
  const revision = pulumi
    .jsonStringify(server.autoscaled ? server.deployment.spec.apply(({ replicas: _replicas, ...spec }) => spec) : server.deployment.spec)
    .apply((spec) => createHash("sha256").update(spec).digest("hex").slice(0, 12));
  const environment = {
    URL: `http://${name}`,
    ALL_PODS: `${listName(name, "all")}:${httpPorts[server.engine]}`,
    NEW_PODS: `${listName(name, "new")}:${httpPorts[server.engine]}`,
    ENGINE: server.engine,
    MODELS: server.servedNames.join("\n"),
    ...(server.embeds?.length ? { EMBEDS: server.embeds.join("\n") } : {}),
    DEVICE: server.onGpu ? "gpu" : "cpu",
    PATIENCE: String(timeoutSeconds),
    HOME: "/tmp",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  return new k8s.core.v1.Pod(
    `${name}-verified`,
    {
      metadata: {
        namespace,
        annotations: onceAnnotations,
        labels: { ...serverLabels({ name, engine: server.engine }), "app.kubernetes.io/name": "verifier", [roleLabel]: "verifier" },
      },
      spec: {
        ...restrictedPod,
        restartPolicy: "OnFailure",
        containers: [
          {
            ...restrictedContainer,
            name: "verify",
            image: verifierImage,
            command: ["python3", "-c", script("verify.py")],
            env: [...variables(environment), { name: "REVISION", value: revision }],
            readinessProbe: onceReadiness,
            resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
          },
        ],
      },
    },
    { parent, dependsOn: [...services], customTimeouts: { create: deadline, update: deadline } },
  );
}

/** The verifier's result is its termination message. */
function measuredOf(status: k8s.types.output.core.v1.PodStatus | undefined): Record<string, Measured> {
  const message = status?.containerStatuses?.[0]?.state?.terminated?.message;
  return message ? (JSON.parse(message) as Record<string, Measured>) : {};
}
