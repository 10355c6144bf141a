import { z } from "zod";

import { ambiguousNames, type RoutedModel, verifierConsumer } from "../gateway/access";
import * as bounds from "../gateway/limits";
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
  })
  .refine(({ exposure, tls: how }) => exposure !== "public" || how !== "selfSigned", {
    path: ["tls"],
    message: "must be { secret } or { issuer } where the gateway is public: no client of the world trusts a certificate of its own",
  });

/** One consumer: who may ask, and for what. Its keys are no part of a file: `make keys` makes them. */
const consumer = z.strictObject({
  models: z.array(z.string()).min(1, "must name at least one model").describe("Names of models that it may ask for."),
  requestsPerMinute: bounds.requestsPerMinute
    .optional()
    .describe("Requests that it may begin in a minute, for each model. Default: as many as the models take."),
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
  const routed = routedModels(models);
  const known = routed.flatMap(({ names }) => names);
  if (!section) return Object.keys(named).length > 0 ? [{ path: ["gateway"], message: "must be given where consumers are" }] : [];
  return [
    ...(Object.keys(named).length === 0 ? [{ path: ["consumers"], message: "must name at least one where there is a gateway" }] : []),
    ...ambiguousNames(routed).map(({ name, servers }) => ({
      path: ["models"],
      message: `must not share a name: ${name} is answered by ${servers.join(" and ")}`,
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

/** Official images of the front door, by their name in the images file: the version that was tested (tools/build/recipes/gateway.ts). */
export const officialGatewayImages = { "envoy-gateway": "docker.io/envoyproxy/gateway:v1.9.1" } as const;

/** Images that the section needs. Envoy's own is taken where it is named; otherwise the controller pins one by digest. */
export const gatewayImages = (section: GatewaySection | undefined): (keyof typeof officialGatewayImages)[] =>
  section && !section.existing ? ["envoy-gateway"] : [];
