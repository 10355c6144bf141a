import { createHash } from "node:crypto";
import { statfsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const home = (variable: string, fallback: string): string => process.env[variable] || path.join(homedir(), fallback);

/** The checkout that this file belongs to. */
export const repoRoot = path.resolve(__dirname, "../..");

/** What this checkout makes for itself and git ignores: kubeconfig, digests, local Pulumi state. */
export const workDir = path.join(repoRoot, ".slm");

/** Built tools, one folder per version; shared by all checkouts of this user. */
export const cache = path.join(home("XDG_CACHE_HOME", ".cache"), "slm-stack");

/** Which lab is meant; tests run one of their own beside the user's. */
export const labName = process.env["SLM_LAB_NAME"] || "lab";

/** The lab's own state. */
export const labHome = path.join(home("XDG_STATE_HOME", ".local/state"), "slm-stack", labName);

/** Free disk below a folder that exists, in MiB. */
export function freeMib(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.floor((bavail * bsize) / 2 ** 20);
}

/** Short fingerprint of what an artifact is made from. */
export const fingerprint = (...parts: (string | Buffer)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 12);
};
