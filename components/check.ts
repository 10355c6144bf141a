import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

/**
 * Refuses a component's bad input, naming its path, the bound and the value.
 * `ResourceError` is the error that the CLI prints without a stack trace, under the component's name.
 */
export function check<T>(self: pulumi.Resource, input: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reasons = result.error.issues.map((issue) => issue.message).join("; ");
  throw new pulumi.ResourceError(`${input}: ${reasons}, got ${JSON.stringify(value)}`, self, true);
}

/** Paths of the outputs of resources in a value. */
export function outputsIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (pulumi.Output.isInstance(value)) return [at];
  if (typeof value !== "object" || value === null || pulumi.Resource.isInstance(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => outputsIn(inner, [...at, key]));
}
