import { z } from "zod";

import type { Model } from "../catalog/schema";
import * as limits from "../limits";
import type { Lock } from "../weights/lock";
import { azureSchema } from "./azure-config";
import { docker } from "./docker-config";
import { consumers, gateway, gatewayFaults } from "./gateway-config";
import { byName, model } from "./model-schema";
import { monitoring } from "./monitoring-config";
import { scalingFaults, scalingSection } from "./scaling-config";

const cluster = z.strictObject({
  kubeconfig: z
    .string()
    .optional()
    .describe("kubeconfig file; in an environment's file, from the project's root. Default: what KUBECONFIG or ~/.kube/config says."),
  context: z.string().optional().describe("Context in the kubeconfig. Default: the current one."),
  name: z
    .string()
    .min(1)
    .optional()
    .describe(
      "What the cluster is called: while that stays, a new address, certificate or kubeconfig replaces nothing. Another name is another cluster: everything is made there. Default: the context, where one is named.",
    ),
  dataPlane: z
    .enum(["kubernetes", "cilium"])
    .default("kubernetes")
    .describe("What enforces network policies; on Azure it is Cilium. Replaces the policies."),
  namespace: limits.dnsLabel.default("slm").describe("Namespace that is made for the models. Replaces it, and everything in it."),
});

/** Address range in CIDR notation. */
const cidr = z.cidrv4("must be an address range such as 10.0.0.0/16");
/** Host, or every host below a domain. */
const hostName = z.strictObject({
  name: z
    .string()
    .regex(/^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$/, "must be a host such as huggingface.co, or *.hf.co")
    .describe("A host, or every host below a domain: huggingface.co or *.hf.co."),
});
const client = z.union(
  [
    z.strictObject({ namespace: limits.dnsLabel.describe("Namespace of the cluster whose pods may call the models.") }),
    z.strictObject({ cidr: cidr.describe("Range of IPv4 addresses that may call the models.") }),
  ],
  "must be { namespace } or { cidr }",
);

const pool = z.strictObject({
  size: z.string().describe("VM size of its nodes, as the label node.kubernetes.io/instance-type says it."),
  maxNodes: z.int().min(0, "must be at least 0").max(1000, "must be at most 1000").describe("Most nodes that it may have."),
  migProfile: z.string().optional().describe("MIG profile that its GPUs are partitioned into. Default: not partitioned."),
  diskGib: z
    .int("must be a whole number of GiB")
    .min(1, "must be at least 1 GiB")
    .optional()
    .describe("Disk of each node, in GiB, that pods may write to. Default: not known, and not checked."),
});

/** What every environment says, wherever it is written. Files that it names, or what is in them, are for each to add. */
export const environmentShape = {
  target: z
    .enum(["kubernetes", "azure", "docker"])
    .default("kubernetes")
    .describe(
      "Where models run: a cluster that is there, one on Azure that the stack makes, or this machine's Docker engine. Replaces everything.",
    ),
  region: z
    .string()
    .default("eastus")
    .describe("Azure region: it decides what is offered and what it costs. Replaces everything on Azure."),
  kubernetes: cluster.prefault({}).describe("The cluster that is there, and the namespace in it."),
  azure: azureSchema.optional().describe("A cluster of the environment's own on Azure; needed when the target is azure."),
  docker: docker.optional().describe("How this machine reaches an environment on its Docker engine. Default: at 127.0.0.1, port 8443."),
  pools: z.array(pool).optional().describe("Node pools by VM size."),
  allowedLicences: z.array(z.string()).optional().describe("Licences that may be served. Default: any."),
  clients: z
    .array(client)
    .default([])
    .describe("Who may call the models, beside the verifier: namespaces of the cluster, and address ranges. Default: nobody."),
  weightsFrom: z
    .array(z.union([cidr, hostName], "must be an address range, or { name } of a host"))
    .default(["0.0.0.0/0"])
    .describe(
      "Where weights may be downloaded from: address ranges, or hosts where the data plane is Cilium. Default: anywhere but the cloud's metadata service.",
    ),
  hfEndpoint: z
    .url({ protocol: /^https?$/, error: "must be a URL" })
    .optional()
    .describe("Base URL of a mirror of Hugging Face. Default: Hugging Face itself."),
  monitoring: monitoring.optional().describe("Prometheus, alerts and dashboards. Default: none."),
  gateway: gateway.optional().describe("One host before all models: keys, TLS, limits. Default: none."),
  scaling: scalingSection.optional().describe("KEDA, which sets the number of pods of models with `scaling`. Default: none."),
  consumers: consumers.optional().describe("Who may ask the gateway, by name."),
  models: byName(limits.dnsLabel, model)
    .refine((models) => Object.keys(models).length > 0, "must name at least one model")
    .describe("Models by the name that clients ask for."),
};

const shared = z.strictObject(environmentShape);
type Shared = z.infer<typeof shared>;

/** Sections that are compared with each other where there is a gateway. */
const comparedByGateway = new Set<unknown>(["gateway", "consumers", "models"]);

/** What the gateway, its consumers and the models say of each other: reported with every other mistake, where what is compared is well-formed. */
export const frontDoorFaults = [
  (environment: Pick<Shared, "gateway" | "consumers" | "models">, context: z.RefinementCtx): void => {
    for (const { path, message } of gatewayFaults(environment)) context.addIssue({ code: "custom", path, message });
  },
  {
    when: ({ issues }: z.core.ParsePayload): boolean => issues.every(({ path = [] }) => path.length > 0 && !comparedByGateway.has(path[0])),
  },
] as const;

const comparedByScaling = new Set<unknown>(["scaling", "monitoring", "models"]);

/** The same of who scales, what is watched, and the models that are scaled. */
export const scalerFaults = [
  (environment: Pick<Shared, "scaling" | "monitoring" | "models">, context: z.RefinementCtx): void => {
    for (const { path, message } of scalingFaults(environment)) context.addIssue({ code: "custom", path, message });
  },
  {
    when: ({ issues }: z.core.ParsePayload): boolean => issues.every(({ path = [] }) => path.length > 0 && !comparedByScaling.has(path[0])),
  },
] as const;

/** Sections that say different things of one environment. */
export function crossFaults({ target, azure, kubernetes, weightsFrom }: Shared, context: z.RefinementCtx): void {
  const report = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
  if (azure && target !== "azure") report("target", "must be azure where the section azure is given");
  if (!azure && target === "azure") report("azure", "must be given where the target is azure");
  const named = weightsFrom.flatMap((from) => (typeof from === "string" ? [] : [from.name]));
  if (named.length > 0 && !azure && kubernetes.dataPlane !== "cilium")
    report(
      "weightsFrom",
      `must be address ranges, got ${named.join(", ")}: only Cilium tells hosts by name (kubernetes.dataPlane: cilium)`,
    );
}

/** One environment, parsed: everything past this line is typed. */
export interface Environment extends Shared {
  readonly name: string;
  /** What names the images in messages: the file, or the argument. */
  readonly images: string;
  /** Digests by image name; empty while the images file is not there, which a plan does not mind. */
  readonly imageDigests: Readonly<Record<string, string>>;
  readonly modelLock: Lock;
  readonly userModels: Readonly<Record<string, Model>>;
  /** Where the Hugging Face token comes from; undefined: there is none. */
  readonly hfToken?: object | undefined;
}

/** One model of an environment. */
export type EnvironmentModel = Environment["models"][string];
