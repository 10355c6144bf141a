import type { z } from "zod";

import { nearest } from "./nearest";

/** Words of a list as people write it: `a, b or c`. */
export const orList = (words: readonly string[]): string =>
  words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;

/** Known words that a short one may have been meant for: two letters wrong, or a fourth. */
const close = (word: string, known: readonly string[]): string[] => nearest(word, known, 2, Math.max(2, Math.floor(word.length / 4)));

/** What a schema says of a value that is none of a few: all that are allowed, what was there, and the nearest. */
export function notOneOf(value: unknown, allowed: readonly string[], field = ""): string {
  const near = typeof value === "string" ? close(value, allowed) : [];
  const shown = value === undefined ? "nothing" : JSON.stringify(value);
  const hint = near.length > 0 ? `; did you mean ${orList(near)}?` : "";
  return `must be ${field}${orList(allowed)}, got ${shown}${hint}`;
}

/**
 * Messages of schemas that have none of their own: for a list of words, for the kind that tells the members of a union apart, and for a field
 * that is none. Undefined: zod's own. No other value is shown, as it may be a secret.
 */
export const schemaMessage: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === "invalid_value") return notOneOf(issue.input, issue.values.map(String));
  if (issue.code === "unrecognized_keys") return unrecognized(issue.keys, fieldsOf(issue.inst));
  if (issue.code !== "invalid_union" || !issue.discriminator) return undefined;
  const value = (issue.input as Record<string, unknown>)[issue.discriminator];
  return notOneOf(value, ((issue["options"] ?? []) as unknown[]).map(String), `of ${issue.discriminator} `);
};

const fieldsOf = (schema: unknown): string[] => Object.keys((schema as Partial<z.ZodObject> | undefined)?.shape ?? {});

function unrecognized(keys: readonly string[], fields: readonly string[]): string {
  const near = [...new Set(keys.flatMap((key) => close(key, fields)))];
  const text = `Unrecognized key${keys.length > 1 ? "s" : ""}: ${keys.map((key) => JSON.stringify(key)).join(", ")}`;
  if (near.length > 0) return `${text}; did you mean ${orList(near)}?`;
  return fields.length > 0 ? `${text}; it may have ${fields.join(", ")}` : text;
}
