import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as limits from "../../lib/limits";
import { check } from "../check";
import type { Client, CollectorPath, WeightsPath } from "./paths";
import { type DataPlane, makePolicies } from "./policies";

/** Inputs of {@link ModelNamespace}. */
export interface ModelNamespaceArgs {
  /** Name of the namespace. Replaces it, and everything in it. @default the component's */
  readonly namespace?: pulumi.Input<string>;
  /** Who may call the models, beside the verifier. @default nobody */
  readonly clients?: readonly Client[];
  /** Where weights may be downloaded from. @default anywhere by HTTPS but the cloud's metadata service */
  readonly weights?: readonly WeightsPath[];
  /** Where the servers send their spans. @default nowhere */
  readonly collector?: CollectorPath;
  /** What enforces network policies. Replaces them. @default "kubernetes" */
  readonly dataPlane?: DataPlane;
  /** Most pods at a time; more than a rollout of everything takes. @default 32 */
  readonly maxPods?: number;
}

/**
 * A namespace that admits restricted pods only, refuses every path that is not named, and offers no way in from outside the cluster. Its policies
 * are there before any pod: a policy that selects a pod that runs already can be left out by some data planes.
 */
export class ModelNamespace extends pulumi.ComponentResource {
  /** The namespace's name, once its policies are there. */
  public readonly namespaceName: pulumi.Output<string>;

  constructor(name: string, args: ModelNamespaceArgs = {}, opts?: pulumi.ComponentResourceOptions) {
    super("slm:namespace:ModelNamespace", name, {}, opts);

    const own = args.namespace ?? name;
    if (typeof own === "string") check(this, "namespace", limits.dnsLabel, own); // what is known only later is not checked here
    const namespace = new k8s.core.v1.Namespace(
      name,
      { metadata: { name: own, labels: podSecurity } },
      { parent: this, aliases: [{ parent: pulumi.rootStackResource }] }, // it stood alone in 0.1: made anew, the old one's end would take it along
    );
    const metadata = { namespace: namespace.metadata.name };
    const bounds = [
      new k8s.core.v1.ResourceQuota(`${name}-quota`, { metadata: { ...metadata, name: "models" }, spec: quota(args) }, { parent: this }),
      new k8s.core.v1.LimitRange(`${name}-limits`, { metadata: { ...metadata, name: "models" }, spec: limitRange }, { parent: this }),
    ];
    const { clients = [], weights = anywhere, collector, dataPlane = "kubernetes" } = args;
    const policies = makePolicies(name, { clients, weights, collector }, { dataPlane, ...metadata }, { parent: this });

    this.namespaceName = pulumi.all([...bounds, ...policies].map(({ metadata: made }) => made.namespace)).apply(([first]) => first!);
    this.registerOutputs({ namespaceName: this.namespaceName });
  }
}

const anywhere: readonly WeightsPath[] = [{ cidr: "0.0.0.0/0", ports: [443] }];

/** Enforced, and shown at once to whoever applies something by hand. */
export const podSecurity = Object.fromEntries(
  ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);

const quota = ({ maxPods = 32 }: ModelNamespaceArgs) => ({
  hard: { pods: String(maxPods), "services.loadbalancers": "0", "services.nodeports": "0" },
});

/** What a container gets that says nothing itself. */
const limitRange = {
  limits: [{ type: "Container", defaultRequest: { cpu: "50m", memory: "64Mi" }, default: { memory: "256Mi" } }],
};
