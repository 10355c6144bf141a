import { z } from "zod";

import { isLimited, type RoutedModel, subjectFaults, verifierConsumer } from "../gateway/access";
import * as bounds from "../gateway/limits";
import { askedNames, routingFaults } from "../gateway/routing";
import * as limits from "../limits";

/** `selfSigned`: one that `make up` and `make keys` make, and keep in the cluster alone. */
const tls = z.union(
  [
    z.literal("selfSigned"),
    z.strictObject({
      secret: limits.dnsLabel.describe("Secret of type kubernetes.io/tls in the gateway's namespace that holds certificate and key."),
    }),
    z.strictObject({
      issuer: limits.dnsLabel.describe("Issuer of cert-manager that signs the host's certificate."),
      issuerKind: z.enum(["Issuer", "ClusterIssuer"]).default("ClusterIssuer").describe("Kind of the issuer."),
    }),
  ],
  "must be selfSigned, { secret } of the gateway's namespace, or { issuer } of cert-manager",
);

/** Settings that hold the name of a Secret, by their path in an environment's file, and nothing that is secret. */
export const secretNames: readonly string[] = ["slm:gateway.tls.secret", "slm:gateway.clientCertificates.secret"];

/** Section `gateway:` of an environment: one host before all its models. */
export const gateway = z
  .strictObject({
    host: bounds.host.describe("Host that clients ask. Replaces the certificate that is made for it."),
    namespace: limits.dnsLabel
      .default("slm-gateway")
      .describe("Namespace of the gateway, which the stack creates. Replaces it, and everything in it."),
    exposure: z
      .enum(["internal", "public"], "must be internal or public")
      .default("internal")
      .describe("Who reaches it: the network around the cluster, or the world."),
    tls: tls.describe(
      "Its certificate: selfSigned by the stack's own commands, { secret } of the gateway's namespace, or { issuer } of cert-manager.",
    ),
    existing: z
      .strictObject({
        class: limits.dnsLabel.describe("GatewayClass of an Envoy Gateway that is there."),
        namespace: limits.dnsLabel.default("envoy-gateway-system").describe("Namespace in which its controller makes pods."),
      })
      .optional()
      .describe("A class of Envoy Gateway that is there. Default: the stack installs a controller of its own."),
    replicas: bounds.replicas.default(2).describe("Envoy pods that answer at the host."),
    limits: bounds.requestLimits.prefault({}).describe("Bounds of each request."),
    whenUncounted: bounds.whenDown
      .default("open")
      .describe(
        "What becomes of requests while the counts of consumers' limits cannot be had: open lets them through, closed answers 503.",
      ),
    jwt: bounds.tokens
      .optional()
      .describe("Tokens of an issuer, which consumers show in place of keys. Default: keys. Replaces the Secrets of the keys."),
    clientCertificates: z
      .strictObject({
        secret: limits.dnsLabel.describe("Secret of the gateway's namespace whose entry ca.crt signs the certificates of clients."),
      })
      .optional()
      .describe("Certificates that clients must show, beside their key or token. Default: none are asked for."),
    split: z
      .record(limits.dnsLabel, z.record(z.string(), bounds.weight))
      .default({})
      .describe("Names that versions of a model answer together, each with the percent of its requests; they sum to 100."),
    fallback: z
      .record(z.string(), z.string())
      .default({})
      .describe(
        "Servers, each with the model that answers where it cannot: before the first byte, on 500, 502, 503, 504 or no connection.",
      ),
  })
  .refine(({ exposure, tls: how }) => exposure !== "public" || how !== "selfSigned", {
    path: ["tls"],
    message: "must be { secret } or { issuer } where the gateway is public: no client of the world trusts a certificate of its own",
  });

/** One consumer: who may ask, and for what. Its keys are no part of a file: `make keys` makes them. */
const consumer = z.strictObject({
  models: z.array(z.string()).min(1, "must name at least one model").describe("Names of models that it may ask for."),
  subject: z
    .string()
    .min(1)
    .optional()
    .describe("Value of the claim gateway.jwt.claim by which a token is this consumer's; needed where tokens are asked for."),
  requestsPerMinute: bounds.requestsPerMinute
    .optional()
    .describe("Requests that it may begin in a minute, for each model. Default: as many as the models take."),
  tokensPerMinute: bounds.tokensPerMinute
    .optional()
    .describe("Tokens of prompts and answers that it may use in a minute, for each model. Default: no limit."),
});

/** Consumers by name. */
export const consumers = z.record(
  bounds.consumerName.refine((name) => name !== verifierConsumer, "must not be verifier, which the environment itself is"),
  consumer,
  {
    error: ({ code, issues }) => (code === "invalid_key" ? issues[0]?.message : undefined),
  },
);

/** Parsed section. */
export type GatewaySection = z.infer<typeof gateway>;
export type Consumers = z.infer<typeof consumers>;

/** What is compared, of one model. */
interface Named {
  readonly engine: string;
  readonly vllm?: { readonly adapters?: object | undefined } | undefined;
  readonly ollama?: { readonly variants?: object | undefined; readonly additionalModels?: object | undefined } | undefined;
}

/** The servers of an environment, by the names that each answers to. */
export const routedModels = (models: Readonly<Record<string, Named>>): RoutedModel[] =>
  Object.entries(models).map(([name, { engine, vllm, ollama }]) => {
    const others = engine === "vllm" ? [vllm?.adapters] : engine === "ollama" ? [ollama?.variants, ollama?.additionalModels] : [];
    return { name, names: [name, ...others.flatMap((named) => Object.keys(named ?? {}))] };
  });

interface Front {
  readonly gateway?: GatewaySection | undefined;
  readonly consumers?: Consumers | undefined;
  readonly models: Readonly<Record<string, Named>>;
}

/** What does not go together: reported with every other mistake. */
export function gatewayFaults({ gateway: section, consumers: named = {}, models }: Front): { path: string[]; message: string }[] {
  if (!section) return Object.keys(named).length > 0 ? [{ path: ["gateway"], message: "must be given where consumers are" }] : [];
  const { split, fallback, existing } = section;
  const routing = { models: routedModels(models), split, fallback };
  const known = askedNames(routing);
  return [
    ...(Object.keys(named).length === 0 ? [{ path: ["consumers"], message: "must name at least one where there is a gateway" }] : []),
    ...routingFaults(routing).map(({ path, message }) => ({ path: path[0] === "models" ? path : ["gateway", ...path], message })),
    ...(existing && Object.keys(fallback).length > 0
      ? [
          {
            path: ["gateway", "fallback"],
            message: "must be left out with an existing controller: it needs that controller's own certificates",
          },
        ]
      : []),
    ...(section.jwt ? subjectFaults(named) : unasked(named)).map(({ name, message }) => ({
      path: ["consumers", name, "subject"],
      message,
    })),
    ...Object.entries(named).flatMap(([name, { models: wanted }]) =>
      wanted.flatMap((model, index) =>
        known.includes(model)
          ? []
          : [{ path: ["consumers", name, "models", String(index)], message: `must be one of ${known.join(", ")}, got ${model}` }],
      ),
    ),
  ];
}

const unasked = (named: Consumers): { name: string; message: string }[] =>
  Object.entries(named).flatMap(([name, { subject }]) =>
    subject === undefined ? [] : [{ name, message: `must be left out where keys are asked for, got ${subject}; or give gateway.jwt` }],
  );

/** Official images of the front door, by their name in the images file: the versions that were tested (tools/build/recipes/gateway.ts). */
export const officialGatewayImages = {
  "envoy-gateway": "docker.io/envoyproxy/gateway:v1.9.1",
  envoy: "docker.io/envoyproxy/envoy:distroless-v1.39.1",
  ratelimit: "docker.io/envoyproxy/ratelimit:8fe6ea42",
  redis: "docker.io/library/redis:7.2-alpine",
} as const;

interface Fronted {
  readonly target: string;
  readonly gateway?: GatewaySection | undefined;
  readonly consumers?: Consumers;
}

/** Images that the section needs: a controller's, which pins one of Envoy's by digest where none is named, and what counts for all of its pods; on Docker, Envoy's own. */
export function gatewayImages({ target, gateway: section, consumers = {} }: Fronted): (keyof typeof officialGatewayImages)[] {
  if (target === "docker") return ["envoy"];
  if (!section || section.existing) return [];
  return ["envoy-gateway", ...(Object.values(consumers).some(isLimited) ? (["ratelimit", "redis"] as const) : [])];
}
