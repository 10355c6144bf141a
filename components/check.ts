import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import { schemaMessage } from "../lib/schema-messages";

/**
 * Refuses a component's bad input, naming its path, the bound and the value.
 * `ResourceError` is the error that the CLI prints without a stack trace, under the component's name.
 */
export function check<T>(self: pulumi.Resource, input: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { error: schemaMessage });
  if (result.success) return result.data;
  const reasons = result.error.issues.map((issue) => issue.message).join("; ");
  throw new pulumi.ResourceError(`${input}: ${reasons}, got ${JSON.stringify(value)}`, self, true);
}
