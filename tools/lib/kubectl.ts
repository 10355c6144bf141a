import { writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { built } from "../../lab/built";
import type { Deployment, StateResource } from "./adopt";

/** kubectl: the lab's own in the lab, elsewhere the user's; undefined where there is none. */
export async function kubectlPath(inLab: boolean): Promise<string | undefined> {
  if (inLab) return path.join((await built()).kubernetes, "kubectl");
  return (await execa("which", ["kubectl"], { reject: false })).failed ? undefined : "kubectl";
}

/** The provider of a reference, `urn::id`, in a state. */
export const providerOf = ({ resources = [] }: Deployment, reference: string): StateResource | undefined =>
  resources.find(({ urn, id }) => `${urn}::${id}` === reference);

/**
 * Arguments by which kubectl asks the cluster of a provider, whose secrets are in plain text: its kubeconfig is the path of a file, or contents,
 * which are written to `folder`.
 */
export function clusterArgs(provider: Pick<StateResource, "inputs"> | undefined, folder: string): string[] {
  const [kubeconfig, context] = [plainText(provider?.inputs?.["kubeconfig"]), plainText(provider?.inputs?.["context"])];
  return [...(kubeconfig ? ["--kubeconfig", kubeconfigFile(kubeconfig, folder)] : []), ...(context ? ["--context", context] : [])];
}

function kubeconfigFile(kubeconfig: string, folder: string): string {
  if (!kubeconfig.includes("\n") && !kubeconfig.trimStart().startsWith("{")) return kubeconfig;
  const file = path.join(folder, "kubeconfig");
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  return file;
}

/** A text in an exported state, where a secret is wrapped. */
function plainText(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null && "plaintext" in value) return JSON.parse(String(value.plaintext));
  return value === undefined ? undefined : String(value);
}
