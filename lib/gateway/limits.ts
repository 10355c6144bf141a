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

/** Name of a consumer: with a slot's number it is a key of a Secret, and a value in logs. */
export const consumerName = dnsLabel;

/** Limits of every request. */
export const requestLimits = z.strictObject({
  bodyMib: bodyMib.default(4).describe("Longest body, in MiB."),
  requestSeconds: seconds.default(600).describe("Longest whole request, in seconds."),
  idleSeconds: seconds.default(300).describe("Longest silence of a stream, in seconds."),
  concurrentRequests: concurrent.default(1024).describe("Most requests at once for one model; more are asked to come back."),
});

/** {@link requestLimits}, with every default filled in. */
export type RequestLimits = z.infer<typeof requestLimits>;
