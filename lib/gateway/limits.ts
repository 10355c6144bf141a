import { z } from "zod";

import { dnsLabel } from "../limits";

/** Bounds of the front door. Each bound is written here once. */

/** Host that clients ask: a name without a port. */
export const host = z
  .string()
  .max(253, "must be at most 253 characters")
  .regex(
    /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a host in lower case, such as models.example.com",
  );

/** Pods of Envoy. Two, so that one may end while the other serves. */
export const replicas = z.int("must be a whole number").min(1, "must be at least 1").max(50, "must be at most 50");

/** Longest body of a request, in MiB. It is held in memory until its model is known. */
export const bodyMib = z.int("must be a whole number of MiB").min(1, "must be at least 1 MiB").max(64, "must be at most 64 MiB");

/** Seconds: of a whole request, or of silence in one. */
export const seconds = z.int("must be a whole number of seconds").min(1, "must be at least 1 s").max(7200, "must be at most 7200 s (2 h)");

/** Requests at once: of one connection, or of one model. */
export const concurrent = z.int("must be a whole number").min(1, "must be at least 1").max(100_000, "must be at most 100000");

/** Requests that a consumer may begin in a minute. */
export const requestsPerMinute = z.int("must be a whole number").min(1, "must be at least 1").max(1_000_000, "must be at most 1000000");

/** Tokens that a consumer may use in a minute. */
export const tokensPerMinute = z
  .int("must be a whole number")
  .min(1, "must be at least 1")
  .max(1_000_000_000, "must be at most 1000000000");

/** Percent of the requests of one name that a version answers. */
export const weight = z.int("must be a whole number of percent").min(0, "must be at least 0 %").max(100, "must be at most 100 %");

/** What becomes of requests while nobody can count them. */
export const whenDown = z.enum(["open", "closed"], "must be open or closed");

/** Name of a consumer: with a slot's number it is a key of a Secret, and a value in logs. */
export const consumerName = dnsLabel;

/** What a token is checked by: who signed it, for whom, and whose it is. */
export const tokens = z.strictObject({
  issuer: z.url({ protocol: /^https$/, error: "must be an https URL" }).describe("Who issues the tokens, as their claim iss says it."),
  audiences: z
    .array(z.string().min(1))
    .min(1, "must name at least one")
    .describe("For whom a token must be issued: one of them, as its claim aud says it."),
  claim: z
    .string()
    .regex(/^[\w.-]+$/, "must be the name of a claim, such as sub or azp")
    .default("sub")
    .describe("Claim that tells the consumer, by its subject."),
  jwks: z
    .union(
      [
        z.strictObject({
          uri: z
            .url({ protocol: /^https$/, error: "must be an https URL" })
            .describe("Where the issuer publishes the keys that it signs with."),
          addresses: z
            .array(z.cidrv4("must be an address range such as 10.0.0.0/16"))
            .min(1, "must name at least one")
            .describe("Addresses of that host, which Envoy's pods may then reach on port 443."),
        }),
        z.strictObject({
          configMap: dnsLabel.describe("ConfigMap of the gateway's namespace whose entry jwks holds the keys; whoever makes it renews it."),
        }),
      ],
      "must be { uri, addresses } or { configMap }",
    )
    .describe("The public keys by which a token is checked: { uri, addresses } of the issuer, or { configMap }."),
});

/** {@link tokens}, with every default filled in. */
export type Tokens = z.infer<typeof tokens>;

/** Limits of every request. */
export const requestLimits = z.strictObject({
  bodyMib: bodyMib.default(4).describe("Longest body, in MiB."),
  requestSeconds: seconds.default(600).describe("Longest whole request, in seconds."),
  idleSeconds: seconds.default(300).describe("Longest silence of a stream, in seconds."),
  concurrentRequests: concurrent.default(1024).describe("Most requests at once for one model; more are asked to come back."),
});

/** {@link requestLimits}, with every default filled in. */
export type RequestLimits = z.infer<typeof requestLimits>;

/** Port of a machine that a gateway listens at; those below 1024 are the system's. */
export const port = z.int("must be a whole number").min(1024, "must be at least 1024").max(65_535, "must be at most 65535");
