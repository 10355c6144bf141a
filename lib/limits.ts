import { z } from "zod";

import { labelPattern, undotted } from "./dns-label";

/** Bounds shared by configuration, components and policies. Each bound is written here once. */

/** A DNS label: it becomes the name of a Service, so of a host. */
export const dnsLabel = z.string().regex(labelPattern, {
  error: ({ input }) => {
    const near = undotted(input);
    return `must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter${near ? `, such as ${near}` : ""}`;
  },
});

/** Memory of one container, in MiB. */
export const memoryMib = z
  .int("must be a whole number of MiB")
  .min(256, "must be at least 256 MiB")
  .max(2_097_152, "must be at most 2097152 MiB (2 TiB)");

/** Processors of one container, in cores; fractions are allowed. */
export const cpuCores = z.number().min(0.1, "must be at least 0.1 cores").max(256, "must be at most 256 cores");

/** Size of a volume, in GiB. */
export const storageGib = z.int("must be a whole number of GiB").min(1, "must be at least 1 GiB").max(4096, "must be at most 4096 GiB");

/** Pods of one model. */
export const replicas = z.int("must be a whole number").min(0, "must be at least 0").max(1000, "must be at most 1000");

/** Length of one stage of a cold start, in seconds. */
export const stageSeconds = z
  .int("must be a whole number of seconds")
  .min(1, "must be at least 1 s")
  .max(7200, "must be at most 7200 s (2 h)");

/** Tags float; a digest is what makes a preview reproducible. */
export const pinnedImage = z.string().regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, "must be pinned by digest (name@sha256:<64 hex>)");

/** A secret by the name of the variable that holds it. */
export const variableName = z.strictObject({
  env: z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/, "must be the name of a variable, such as HF_TOKEN")
    .describe("Name of the variable, such as HF_TOKEN."),
});
