import type * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import type { ComponentSchema } from "../../lib/package-schema/package-schema";
import { mustBePlain, outputsIn } from "../check";

/** The arguments, where their shape is right; else every mistake, each by component and argument, with value and bound. */
export function checkedArguments({ token, arguments: schema, inputs }: ComponentSchema, name: string, args: pulumi.Inputs): object {
  const later = Object.entries(args).flatMap(([key, value]) => outputsIn(value, [key]));
  const known = (path: readonly PropertyKey[]) => !later.some((at) => at.every((key, index) => path[index] === key));
  const issues = schema.safeParse(args).error?.issues ?? [];
  const problems = [
    ...later.filter(([key]) => !inputs.includes(key!)).map((at) => `${at.join(".")}: ${mustBePlain}`),
    ...issues.filter(({ path }) => known(path)).map((issue) => problem(issue, args)),
  ];
  if (problems.length > 0) throw new Error(`${token} (${name}):\n${problems.join("\n")}`);
  return args;
}

function problem({ path, message }: z.core.$ZodIssue, args: pulumi.Inputs): string {
  const value = path.reduce((at: unknown, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], args);
  const got = value === undefined || path.length === 0 ? "" : `, got ${JSON.stringify(value)}`;
  return `${path.join(".") || "arguments"}: ${message}${got}`;
}
