import { createHash, randomBytes } from "node:crypto";

/** One server behind the front door, by the names that clients ask for. */
export interface RoutedModel {
  /** Name of its Service. */
  readonly name: string;
  /** Names that its server answers to, its own first. No two servers have one in common. */
  readonly names: readonly string[];
}

/** Who may ask for what. */
export interface Consumer {
  readonly name: string;
  /** Names of models that it may ask for. */
  readonly models: readonly string[];
  /** Value of the claim by which a token is its own; needed where tokens are asked for. */
  readonly subject?: string;
  /** Requests that it may begin in a minute, for each model. @default as many as the models take */
  readonly requestsPerMinute?: number;
  /** Tokens, of prompts and answers, that it may use in a minute, for each model; the request that passes the limit is still answered. @default no limit */
  readonly tokensPerMinute?: number;
}

/** Consumers, if any, that one token would be of: each subject that several have, or none. */
export function subjectFaults(
  consumers: Readonly<Record<string, { readonly subject?: string | undefined }>>,
): { name: string; message: string }[] {
  const entries = Object.entries(consumers);
  return entries.flatMap(([name, { subject }]) => {
    if (subject === undefined) return [{ name, message: "must be given where tokens are asked for" }];
    const [other] = entries.find(([another, { subject: same }]) => another !== name && same === subject) ?? [];
    return other === undefined ? [] : [{ name, message: `must be of one consumer, and is ${other}'s too, got ${subject}` }];
  });
}

interface Limits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

/** Whether somebody counts for a consumer. */
export const isLimited = ({ requestsPerMinute, tokensPerMinute }: Limits): boolean =>
  requestsPerMinute !== undefined || tokensPerMinute !== undefined;

/** The consumer as which the environment itself asks its models: it may ask for every one. */
export const verifierConsumer = "verifier";

/** Places for a consumer's keys: both are valid, so that one can be changed while the other is in use. */
export const slots = ["1", "2"] as const;
export type Slot = (typeof slots)[number];

/** Name of the Secret that holds the keys of a consumer. */
export const keysSecret = (consumer: string): string => `${consumer}-keys`;

/** What the gateway knows a key as: the consumer and the slot. It is also the key's name in the Secret. */
export const clientOf = (consumer: string, slot: Slot): string => `${consumer}.${slot}`;

/** Random bytes of a key. */
const keyBytes = 32;

/** A new key of 256 random bits, in letters, digits, - and _. */
export const newKey = (): string => `slm-${randomBytes(keyBytes).toString("base64url")}`;

/** What a key may be called in a list: eight digits of its hash. */
export const fingerprint = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 8);

/** Names that more than one server answers to, each with the servers. */
export function ambiguousNames(models: readonly RoutedModel[]): { name: string; servers: string[] }[] {
  const all = [...new Set(models.flatMap(({ names }) => names))];
  return all
    .map((name) => ({ name, servers: models.filter(({ names }) => names.includes(name)).map(({ name: server }) => server) }))
    .filter(({ servers }) => servers.length > 1);
}
