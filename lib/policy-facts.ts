import { z } from "zod";

import { regions } from "./accelerators/vm-size";

/** The rules of the policy pack: one file, one test and one page each. */
export const ruleNames = [
  "allowed-region",
  "autoscaled-count",
  "drain",
  "gpu-pool-size",
  "gpu-tolerations",
  "host-access",
  "image-digest",
  "image-registry",
  "known-types",
  "labels",
  "least-privilege",
  "local-accounts",
  "mig-autoscaling",
  "model-licence",
  "monthly-cost",
  "network-policy",
  "plain-secrets",
  "private-endpoints",
  "probes",
  "protected-resources",
  "public-endpoint",
  "purge-protection",
  "resource-limits",
  "restricted-namespace",
  "restricted-pod",
  "shared-memory",
  "startup-budget",
  "surge-headroom",
  "tags",
] as const;

export type RuleName = (typeof ruleNames)[number];
/** Something for some of the rules. */
const byRule = <T extends z.ZodType>(type: T) =>
  z.partialRecord(z.enum(ruleNames), type, {
    error: (issue: { code?: string; keys?: unknown }) =>
      issue.code === "unrecognized_keys" ? `${issue.keys}: no such rule; use one of ${ruleNames.join(", ")}` : undefined,
  });

/** What a violation does: nothing, a warning, or the end of the preview. */
const level = z.enum(["disabled", "advisory", "mandatory"], { error: 'must be "disabled", "advisory" or "mandatory"' });
/** The same for one rule; `remediate` changes what the rule can change, and is `mandatory` for what it cannot. */
const ownLevel = z.enum([...level.options, "remediate"], { error: 'must be "disabled", "advisory", "mandatory" or "remediate"' });

/** Exempt resources by Pulumi name, each with the reason. */
const exemptions = z.record(z.string(), z.string().min(10, "must say why, in 10 characters or more"));

/**
 * Registries that the images of this stack come from: each entry is a host, or a host and the beginning of a path.
 * Ollama's and vLLM's own (their install guides), Microsoft's and NVIDIA's, Kubernetes' own, and those of KEDA, Prometheus, Grafana and the
 * OpenTelemetry Collector's charts.
 */
const registries = [
  "docker.io/ollama",
  "docker.io/vllm",
  "docker.io/envoyproxy",
  "docker.io/grafana",
  "docker.io/library/python",
  "ghcr.io/kedacore",
  "ghcr.io/open-telemetry",
  "mcr.microsoft.com",
  "nvcr.io/nvidia",
  "quay.io/prometheus",
  "registry.k8s.io",
];

/** What both an environment file and a rule's configuration may say. */
const given = {
  registries: z
    .array(z.string())
    .describe("Where images may come from: a host, or a host and the beginning of a path. Default: those of this stack's components."),
  regions: z.array(z.string()).describe("Azure regions that may hold resources. Default: those with a known price."),
  usdPerMonth: z
    .number()
    .positive("must be more than $0 per month")
    .describe("Most that all node pools may cost at their largest, in USD per month of 730 h. Default: not evaluated."),
  maxGpuNodes: z
    .int("must be a whole number of nodes")
    .min(0, "must be at least 0 nodes")
    .max(1000, "must be at most 1000 nodes")
    .describe("Most nodes of one GPU pool. Default: 10, this stack's choice: ten A100 nodes cost more than $25,000 a month."),
  tags: z
    .record(z.string(), z.string())
    .describe("Tags that each Azure resource carries besides `environment` and `managed-by`, with their values. Default: none."),
};

/** A model with its licence, where the environment says it; the catalog knows the others. */
const servedModel = z.object({ model: z.string().optional(), licence: z.string().optional() });

/** What the rules of the policy pack take from an environment, with the value that holds where none is given. */
export const policyFacts = z.object({
  registries: given.registries.default(registries),
  regions: given.regions.default([...regions]),
  usdPerMonth: given.usdPerMonth.optional(),
  maxGpuNodes: given.maxGpuNodes.default(10),
  tags: given.tags.default({}),
  /** Licences of models that may be served. @default any */
  licences: z.array(z.string()).optional(),
  /** GPU pools that exist outside the stack, by VM size. */
  pools: z.array(z.object({ size: z.string(), maxNodes: z.int().nonnegative() })).default([]),
  /** What the plan says of each model, by the name that clients ask for. */
  models: z
    .record(
      z.string(),
      servedModel.extend({
        loadSeconds: z.int().positive(),
        /** Further models of the same server. */
        others: z.array(servedModel).default([]),
      }),
    )
    .default({}),
  /** Settings of the environment that are written in clear, by path. */
  settings: z.record(z.string(), z.string()).default({}),
});

/** Facts by name, with defaults filled in. */
export type PolicyFacts = z.infer<typeof policyFacts>;
/** One fact that a rule may ask for. */
export type FactName = keyof PolicyFacts;

/** What an environment file says about the policy pack, under `policies`. */
export const policySettings = z.strictObject({
  level: level.optional().describe("Level of every rule. Default: advisory in an environment named dev, local or pr, else mandatory."),
  levels: byRule(ownLevel).default({}).describe("Rules with a level of their own."),
  exempt: byRule(exemptions)
    .default({})
    .describe("Resources that a rule leaves out, each with the reason: rule \u2192 resource \u2192 reason."),
  ...z.object(given).partial().shape,
});

/** Parsed settings of the policy pack. */
export type PolicySettings = z.infer<typeof policySettings>;

/** Exempt resources of one rule, as its configuration. */
export const ruleExemptions = exemptions.default({});
