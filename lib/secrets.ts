/** Names under which people keep secrets, as the last word of a variable, a setting or a flag. */
const secretName =
  /(^|[^a-z])(tokens?|passw(or)?d|passphrase|secrets?|credentials?|api[-_.]?keys?|access[-_.]?keys?|private[-_.]?keys?|connection[-_.]?string)$/i;

/**
 * Beginnings that the issuers of keys give them, so that scanners find them: Hugging Face, OpenAI, GitHub, Amazon, Google, Slack;
 * a private key in PEM; a JSON Web Token; a connection string of Azure Storage.
 */
const secretValue =
  /^(hf_[A-Za-z0-9]{20,}|sk-[\w-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|AKIA[A-Z0-9]{16}|AIza[\w-]{30,}|xox[abprs]-[\w-]{10,}|eyJ[\w-]{10,}\.eyJ)|-----BEGIN [A-Z ]*PRIVATE KEY-----|AccountKey=[A-Za-z0-9+/]{20,}/;

/** What is no secret whatever its name: nothing, a number, a truth value, a path, a reference to another variable. */
const harmless = /^$|^-?\d+(\.\d+)?$|^(true|false|none)$|^\.{0,2}\/|^\$[({]/i;

/** Why a value that is written in clear looks like a secret: by its name or by itself; undefined: it does not. */
export function looksSecret(name: string, value: string): "name" | "value" | undefined {
  if (secretValue.test(value)) return "value";
  const words = name.replace(/([a-z])([A-Z])/g, "$1_$2");
  return secretName.test(words) && !harmless.test(value) ? "name" : undefined;
}
