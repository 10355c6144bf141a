import { z } from "zod";

import type { Model } from "../catalog/schema";
import * as limits from "../limits";
import type { Lock } from "../weights/lock";
import { azureSchema } from "./azure-config";
import { consumers, gateway, gatewayFaults } from "./gateway-config";
import { byName, model } from "./model-schema";
import { monitoring } from "./monitoring-config";

const cluster = z.strictObject({
  /** kubeconfig file; in an environment's file, from the project's root. Default: what KUBECONFIG or ~/.kube/config says. */
  kubeconfig: z.string().optional(),
  /** Context in the kubeconfig. Default: the current one. */
  context: z.string().optional(),
  /**
   * What the cluster is called: while that stays, a new address, certificate or kubeconfig replaces nothing. Another name is another cluster:
   * everything is made there. Default: the context, where one is named.
   */
  name: z.string().min(1).optional(),
  /** What enforces network policies; on Azure it is Cilium. */
  dataPlane: z.enum(["kubernetes", "cilium"]).default("kubernetes"),
  /** Namespace that is made for the models. Replaces it, and everything in it. */
  namespace: limits.dnsLabel.default("slm"),
});

/** Address range in CIDR notation. */
const cidr = z.cidrv4("must be an address range such as 10.0.0.0/16");
/** Host, or every host below a domain. */
const hostName = z.strictObject({
  name: z.string().regex(/^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$/, "must be a host such as huggingface.co, or *.hf.co"),
});
const client = z.union([z.strictObject({ namespace: limits.dnsLabel }), z.strictObject({ cidr })], "must be { namespace } or { cidr }");

const pool = z.strictObject({
  size: z.string(),
  maxNodes: z.int().min(0, "must be at least 0").max(1000, "must be at most 1000"),
  /** Slices that its GPUs are cut into. Default: not cut. */
  migProfile: z.string().optional(),
});

/** What every environment says, wherever it is written. Files that it names, or what is in them, are for each to add. */
export const environmentShape = {
  target: z.enum(["kubernetes", "azure"]).default("kubernetes"),
  /** Azure region: it decides what is offered and what it costs. */
  region: z.string().default("eastus"),
  kubernetes: cluster.prefault({}),
  /** A cluster of the environment's own on Azure; needed when the target is azure. */
  azure: azureSchema.optional(),
  /** Node pools by VM size. */
  pools: z.array(pool).optional(),
  /** Licences that may be served. Default: any. */
  allowedLicences: z.array(z.string()).optional(),
  /** Who may call the models, beside the verifier: namespaces of the cluster, and address ranges. Default: nobody. */
  clients: z.array(client).default([]),
  /** Where weights may be downloaded from: address ranges, or hosts where the data plane is Cilium. Default: anywhere but the cloud's metadata service. */
  weightsFrom: z.array(z.union([cidr, hostName], "must be an address range, or { name } of a host")).default(["0.0.0.0/0"]),
  /** Base URL of a mirror of Hugging Face. Default: Hugging Face itself. */
  hfEndpoint: z.url({ protocol: /^https?$/, error: "must be a URL" }).optional(),
  /** Prometheus, alerts and dashboards. Default: none. */
  monitoring: monitoring.optional(),
  /** One host before all models: keys, TLS, limits. Default: none. */
  gateway: gateway.optional(),
  /** Who may ask the gateway, by name. */
  consumers: consumers.optional(),
  /** Models by the name that clients ask for. */
  models: byName(limits.dnsLabel, model).refine((models) => Object.keys(models).length > 0, "must name at least one model"),
};

const shared = z.strictObject(environmentShape);
type Shared = z.infer<typeof shared>;

/** Sections that are compared with each other where there is a gateway. */
const comparedByGateway = new Set<unknown>(["gateway", "consumers", "models"]);

/** What the gateway, its consumers and the models say of each other: told with every other mistake, where what is compared is well-formed. */
export const frontDoorFaults = [
  (environment: Pick<Shared, "gateway" | "consumers" | "models">, context: z.RefinementCtx): void => {
    for (const { path, message } of gatewayFaults(environment)) context.addIssue({ code: "custom", path, message });
  },
  {
    when: ({ issues }: z.core.ParsePayload): boolean => issues.every(({ path = [] }) => path.length > 0 && !comparedByGateway.has(path[0])),
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
