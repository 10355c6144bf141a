/** A DNS label of at most 53 characters, so that names can be added to it. */
export const labelPattern = /^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/;

/** A name with dots, as models and versions have, as a label can say it; undefined: it has none, or none is near. */
export function undotted(name: unknown): string | undefined {
  const changed = typeof name === "string" && name.includes(".") ? name.replaceAll(".", "-") : "";
  return labelPattern.test(changed) ? changed : undefined;
}
