import { z } from "zod";

import { UserError } from "../lib/fault";

/** How a comparison is made. */
export interface Settings {
  /** Models by the name that clients ask for. Undefined: all. */
  readonly models: readonly string[] | undefined;
  /** Requests that are on their way at once, besides one at a time. */
  readonly concurrency: number;
  /** Requests that are measured one at a time, and as many at once. */
  readonly requests: number;
  /** Most tokens of an answer. */
  readonly tokens: number;
  /** Whether servers are started again, which alone tells how long they load. */
  readonly restart: boolean;
}

const count = (most: number, fallback: number) =>
  z
    .string()
    .default(String(fallback))
    .transform((text, context) => {
      const value = Number(text);
      if (/^\d{1,9}$/.test(text) && value >= 1 && value <= most) return value;
      context.addIssue({ code: "custom", message: `must be a whole number from 1 to ${most}, got "${text}"` });
      return z.NEVER;
    });

const variables = z.object({ CONCURRENCY: count(256, 4), REQUESTS: count(10_000, 16), TOKENS: count(4096, 64) });

const listOf = (text: string): string[] => [...new Set(text.split(",").map((each) => each.trim()))].filter(Boolean);

/** Environments that ENV names, separated by commas. */
export const namedEnvironments = (env: NodeJS.ProcessEnv): string[] => listOf(env["ENV"] ?? "");

/** What the variables say; each mistake in one line, all at once. An empty variable is one that is not set. */
export function settingsOf(env: NodeJS.ProcessEnv): Settings {
  const given = Object.fromEntries(Object.keys(variables.shape).map((name) => [name, env[name] || undefined]));
  const { success, data, error } = variables.safeParse(given);
  if (!success)
    throw new UserError(
      error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`).join("\n"),
      "leave a variable out for its default: docs/compare.md",
    );
  const models = listOf(env["MODELS"] ?? "");
  return {
    models: models.length > 0 ? models : undefined,
    ...{ concurrency: data.CONCURRENCY, requests: data.REQUESTS, tokens: data.TOKENS },
    restart: Boolean(env["RESTART"]),
  };
}
