import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { fromConfigJson } from "../lib/catalog/from-config-json";
import type { Model } from "../lib/catalog/schema";
import * as limits from "../lib/limits";
import { policySettings } from "../lib/policy-facts";
import { type Lock, lockSchema } from "../lib/weights/lock";
import { azureSchema } from "./azure-config";
import { byName, model, userModel } from "./model-schema";
import { monitoring } from "./monitoring-config";

/** A file is named from the project's root. */
const root = path.resolve(__dirname, "..");

/** Absolute path of a file that an environment names. */
export const fromRoot = (file: string): string => path.resolve(root, file);

const cluster = z.strictObject({
  /** kubeconfig file, from the project's root. Default: what KUBECONFIG or ~/.kube/config says. */
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
  /** Namespace that the stack creates and owns. */
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

/** An environment, as written under `config:` in `stacks/Pulumi.<env>.yaml`, without the prefix `slm:`. */
const schema = z
  .strictObject({
    target: z.enum(["kubernetes", "azure"]).default("kubernetes"),
    /** Azure region: it decides what is offered and what it costs. */
    region: z.string().default("eastus"),
    kubernetes: cluster.prefault({}),
    /** A cluster of the stack's own on Azure; needed when the target is azure. */
    azure: azureSchema.optional(),
    /** JSON file with the image of each engine by digest, from the project's root. */
    images: z.string().default("stacks/images.json"),
    /** Model lock, from the project's root. */
    lock: z.string().default("stacks/models.lock.json"),
    /** Node pools by VM size. */
    pools: z.array(pool).optional(),
    /** Licences that may be served. Default: any. */
    allowedLicences: z.array(z.string()).optional(),
    /** Hugging Face token: a secret of the stack, or the name of the variable that holds it; never in clear. */
    hfToken: z
      .union(
        [z.strictObject({ secure: z.string() }), limits.variableName],
        "must not be in clear: pulumi config set --secret hfToken, or name a variable: { env: HF_TOKEN }",
      )
      .optional(),
    /** Who may call the models, beside the verifier: namespaces of the cluster, and address ranges. Default: nobody. */
    clients: z.array(client).default([]),
    /** Where weights may be downloaded from: address ranges, or hosts where the data plane is Cilium. Default: anywhere but the cloud's metadata service. */
    weightsFrom: z.array(z.union([cidr, hostName], "must be an address range, or { name } of a host")).default(["0.0.0.0/0"]),
    /** Base URL of a mirror of Hugging Face. Default: Hugging Face itself. */
    hfEndpoint: z.url({ protocol: /^https?$/, error: "must be a URL" }).optional(),
    /** Policy pack: levels, exempt resources, and what it must know of the environment. */
    policies: policySettings.prefault({}),
    /** Prometheus, alerts and dashboards. Default: none. */
    monitoring: monitoring.optional(),
    /** Models that the catalog lacks, by name. */
    catalog: z.record(z.string(), userModel).default({}),
    /** Models by the name that clients ask for. */
    models: byName(limits.dnsLabel, model).refine((models) => Object.keys(models).length > 0, "must name at least one model"),
  })
  .superRefine(({ target, azure, kubernetes, weightsFrom }, context) => {
    const report = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (azure && target !== "azure") report("target", "must be azure where the section azure is given");
    if (!azure && target === "azure") report("azure", "must be given where the target is azure");
    const named = weightsFrom.flatMap((from) => (typeof from === "string" ? [] : [from.name]));
    if (named.length > 0 && !azure && kubernetes.dataPlane !== "cilium")
      report(
        "weightsFrom",
        `must be address ranges, got ${named.join(", ")}: only Cilium tells hosts by name (kubernetes.dataPlane: cilium)`,
      );
  });

/** One environment, parsed: everything past this line is typed. */
export type Environment = z.infer<typeof schema> & {
  readonly name: string;
  /** Digests by image name; empty while the images file is not there, which a plan does not mind. */
  readonly imageDigests: Readonly<Record<string, string>>;
  readonly modelLock: Lock;
  readonly userModels: Readonly<Record<string, Model>>;
};

/** One model of an environment. */
export type EnvironmentModel = Environment["models"][string];

/** What is wrong with an environment's files: every mistake, each with its path. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** Parses an environment and the files that it names; `file` only names the culprit. Throws an {@link EnvironmentError}. */
export function parseEnvironment(name: string, raw: unknown, file: string): Environment {
  const environment = checked(schema, raw, file);
  return {
    ...environment,
    name,
    imageDigests: existsSync(fromRoot(environment.images))
      ? checked(z.record(z.string(), limits.pinnedImage), readJson(environment.images, file), environment.images)
      : {},
    modelLock: checked(lockSchema, readJson(environment.lock, file), environment.lock),
    userModels: userModels(environment.catalog, file),
  };
}

function checked<T extends z.ZodType>(type: T, raw: unknown, file: string): z.infer<T> {
  const result = type.safeParse(raw);
  if (result.success) return result.data;
  throw new EnvironmentError(`${file} is invalid:\n${z.prettifyError(result.error)}`);
}

function readJson(named: string, by: string): unknown {
  try {
    return JSON.parse(readFileSync(fromRoot(named), "utf8"));
  } catch (error) {
    throw new EnvironmentError(`${by} names ${named}: ${(error as Error).message}`);
  }
}

function userModels(catalog: z.infer<typeof schema>["catalog"], file: string): Record<string, Model> {
  return Object.fromEntries(
    Object.entries(catalog).map(([name, entry]) => {
      if (!("configJson" in entry)) return [name, entry];
      const { configJson, ...identity } = entry;
      const { gated, parameters, ...known } = identity;
      const config = readJson(configJson, file);
      try {
        return [
          name,
          fromConfigJson(config, { ...known, ...(gated === undefined ? {} : { gated }), ...(parameters ? { parameters } : {}) }),
        ];
      } catch (error) {
        if (error instanceof z.ZodError) throw new EnvironmentError(`${configJson} is invalid:\n${z.prettifyError(error)}`);
        throw error;
      }
    }),
  );
}
