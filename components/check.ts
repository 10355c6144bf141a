import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import { parseStrictly } from "../lib/schema-messages";

/**
 * Refuses a component's bad input, naming its path, the bound and the value.
 * `ResourceError` is the error that the CLI prints without a stack trace, under the component's name.
 */
export function check<T>(self: pulumi.Resource, input: string, schema: z.ZodType<T>, value: unknown): T {
  const result = parseStrictly(schema, value);
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

/** What an argument must be that a plan is computed from. */
export const mustBePlain = "must be known when the program is planned, got the output of a resource; write it out";

/** Refuses outputs of resources in arguments that a plan is computed from: all but `later`. */
export function refuseOutputs(self: pulumi.Resource, args: object, later: readonly string[]): void {
  const found = outputsIn(args).filter(([key]) => !later.includes(key!));
  if (found.length === 0) return;
  throw new pulumi.ResourceError(found.map((at) => `${at.join(".")}: ${mustBePlain}`).join("\n"), self, true);
}
