import { createHash } from "node:crypto";

/** Label by which everything of an environment is found on a Docker engine. */
export const environmentLabel = "slm-stack.environment";
/** Label that says what a container or volume is for. */
const roleLabel = "slm-stack.role";
/** Label that names the model of a container or volume. */
const modelLabel = "slm-stack.model";

/** What a container or volume is for. */
export type Role = "server" | "models" | "download" | "gateway" | "weights" | "store" | "door" | "monitoring" | "series";

/** Names on the engine begin with it: several environments share one. */
export const prefixOf = (environment: string): string => `slm-${environment}`;

/** Volume that holds keys and certificate of the gateway: commands fill it, and no state ever holds what is in it. */
export const doorVolume = (environment: string): string => `${prefixOf(environment)}-door`;

/** Labels as Docker's own commands take them. */
export const labelsOf = (environment: string, role: Role, model?: string): Record<string, string> => ({
  [environmentLabel]: environment,
  [roleLabel]: role,
  ...(model === undefined ? {} : { [modelLabel]: model }),
});

/** The same as the provider takes them. */
export const labelList = (labels: Readonly<Record<string, string>>): { label: string; value: string }[] =>
  Object.entries(labels).map(([label, value]) => ({ label, value }));

/** A reference by digest alone: Docker's pull by digest leaves a tag aside, and the provider would not. */
export function byDigest(reference: string): string {
  const [name = "", digest] = reference.split("@");
  const slash = name.lastIndexOf("/");
  const colon = name.indexOf(":", slash);
  return `${colon < 0 ? name : name.slice(0, colon)}@${digest}`;
}

/** What tells a content from another one, as ten hexadecimal digits. */
export const shortHash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 10);
