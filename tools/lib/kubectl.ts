import { writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { built } from "../../lab/built";
import { type Environment, fromRoot } from "../../stacks/environment";
import type { Deployment, StateResource } from "./adopt";
import { UserError } from "./fault";

/** kubectl: the lab's own in the lab, elsewhere the user's; undefined where there is none. */
export async function kubectlPath(inLab: boolean): Promise<string | undefined> {
  if (inLab) return path.join((await built()).kubernetes, "kubectl");
  return (await execa("which", ["kubectl"], { reject: false })).failed ? undefined : "kubectl";
}

/** The same, or a fault whose `why` says what it is for. */
export async function requireKubectl(inLab: boolean, why: string): Promise<string> {
  const found = await kubectlPath(inLab);
  if (!found) throw new UserError(`kubectl: not found on PATH; ${why}`, "install kubectl");
  return found;
}

/** Arguments by which kubectl asks a cluster, by the path of a kubeconfig and a context in it. */
const argsOf = (kubeconfig: string | undefined, context: string | undefined): string[] => [
  ...(kubeconfig ? ["--kubeconfig", kubeconfig] : []),
  ...(context ? ["--context", context] : []),
];

/** Those for the cluster that an environment names. */
export const namedCluster = ({ kubernetes: { kubeconfig, context } }: Environment): string[] =>
  argsOf(kubeconfig && fromRoot(kubeconfig), context);

/** Those for credentials that are at hand, which are written to `folder`. */
export function givenCluster(kubeconfig: string, folder: string): string[] {
  const file = path.join(folder, "kubeconfig");
  writeFileSync(file, kubeconfig, { mode: 0o600 });
  return argsOf(file, undefined);
}

/** The provider of a reference, `urn::id`, in a state. */
export const providerOf = ({ resources = [] }: Deployment, reference: string): StateResource | undefined =>
  resources.find(({ urn, id }) => `${urn}::${id}` === reference);

/** Those for the cluster of a provider, whose secrets are in plain text: its kubeconfig is the path of a file, or contents. */
export function providerCluster(provider: StateResource | undefined, folder: string): string[] {
  const [kubeconfig, context] = [plainText(provider?.inputs?.["kubeconfig"]), plainText(provider?.inputs?.["context"])];
  const isContents = kubeconfig !== undefined && (kubeconfig.includes("\n") || kubeconfig.trimStart().startsWith("{"));
  return isContents ? [...givenCluster(kubeconfig, folder), ...argsOf(undefined, context)] : argsOf(kubeconfig, context);
}

/** A text in an exported state, where a secret is wrapped. */
function plainText(value: unknown): string | undefined {
  if (typeof value === "object" && value !== null && "plaintext" in value) return JSON.parse(String(value.plaintext));
  return value === undefined ? undefined : String(value);
}
