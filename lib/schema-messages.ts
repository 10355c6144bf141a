import { z } from "zod";

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

/** What a schema makes of a value, or every mistake in it: also what is named `__proto__`, which schemas drop without a word. */
export function parseStrictly<T extends z.ZodType>(type: T, raw: unknown): z.ZodSafeParseResult<z.output<T>> {
  const result = type.safeParse(raw, { error: schemaMessage });
  const names = prototypeNames(raw);
  if (names.length === 0) return result;
  const issues = result.error?.issues ?? [];
  const reported = new Set(
    issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join()) : [])),
  );
  const message = "is no name: an object's own prototype has it; choose another";
  const dropped = names
    .filter((path) => !reported.has(path.join()))
    .map((path) => ({ code: "custom" as const, path, message, input: undefined }));
  return { success: false, error: new z.ZodError([...issues, ...dropped]) as z.ZodError<z.output<T>> };
}

/** Paths of what is named `__proto__`, in objects and lists that a text describes. */
function prototypeNames(value: unknown, at: readonly PropertyKey[] = []): PropertyKey[][] {
  if (typeof value !== "object" || value === null || !(Array.isArray(value) || isPlain(value))) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = [...at, Array.isArray(value) ? Number(key) : key];
    return key === "__proto__" ? [path] : prototypeNames(inner, path);
  });
}

const isPlain = (value: object): boolean => [Object.prototype, null].includes(Object.getPrototypeOf(value));
