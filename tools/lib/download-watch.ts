import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";
import { planOf } from "../../lib/environment/plan-request";
import { artefactsOf } from "../../lib/planner/artefacts";
import { needsDownload } from "../../lib/weights/source";
import type { Environment } from "../../stacks/environment";
import type { Deployment } from "./adopt";
import { Downloads, type Said, saidIn } from "./downloads";
import { kubectlPath, namedCluster, providerCluster } from "./kubectl";
import { temporaryFolder } from "./temporary";

/** How often pods are asked; they tell their progress as often. */
const pauseSeconds = 10;

/** What is read of a stack. */
interface DownloadSource {
  readonly environment: { readonly environment: Environment };
  readonly inLab: boolean;
  /** The state, with secrets in plain text. */
  state(): Promise<Deployment>;
}

/**
 * Prints how far the downloads of an environment are while `run` runs. Without kubectl, or before the cluster answers, it prints nothing: it
 * never ends a run.
 */
export async function showingDownloads<T>(source: DownloadSource, run: () => Promise<T>): Promise<T> {
  const { environment } = source.environment;
  const kubectl = environment.target !== "docker" && hasDownloads(environment) ? await kubectlPath(source.inLab) : undefined;
  if (!kubectl) return run();
  const over = new AbortController();
  const watching = watch(kubectl, source, over.signal).catch((error: Error) => console.error(`downloads are not shown: ${error.message}`));
  try {
    return await run();
  } finally {
    over.abort();
    await watching;
  }
}

const hasDownloads = (environment: Environment): boolean =>
  planOf(environment)
    .models.flatMap(artefactsOf)
    .some(({ source }) => needsDownload(source));

async function watch(kubectl: string, source: DownloadSource, over: AbortSignal): Promise<void> {
  const folder = temporaryFolder();
  const downloads = new Downloads();
  const { namespace } = source.environment.environment.kubernetes;
  try {
    while (await pause(over)) {
      const cluster = await clusterOf(source, folder);
      if (!cluster) continue;
      const args = [...cluster, "--namespace", namespace, "--request-timeout=5s"];
      for (const line of downloads.news(await progress(kubectl, args), performance.now() / 1000)) console.error(line);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the run still runs after a pause, which ends with it. */
const pause = (over: AbortSignal): Promise<boolean> =>
  sleep(pauseSeconds * 1000, true, { signal: over }).catch((error: Error) => {
    if (over.aborted) return false;
    throw error;
  });

/** How kubectl enters the stack's cluster: the environment names it, or the state has a provider for it once the cluster is made. */
async function clusterOf({ environment: { environment }, state }: DownloadSource, folder: string): Promise<string[] | undefined> {
  if (!environment.azure) return namedCluster(environment);
  const made = (await state()).resources?.find(
    ({ type, inputs }) => type === "pulumi:providers:kubernetes" && inputs?.["kubeconfig"] !== undefined,
  );
  return made && providerCluster(made, folder);
}

/** What the pods that download weights say; nothing where the cluster does not answer. */
async function progress(kubectl: string, args: readonly string[]): Promise<Said[]> {
  const ask = (...question: string[]) => execa(kubectl, [...args, ...question], { reject: false });
  const pods = await ask("get", "pods", "--selector=slm-stack/role=weights", "--field-selector=status.phase=Running", "--output=json");
  if (pods.failed) return [];
  const said: Said[] = [];
  for (const { metadata } of JSON.parse(pods.stdout).items as readonly Pod[]) {
    const reported = saidIn((await ask("logs", metadata.name, "--tail=20")).stdout);
    if (reported) said.push({ pod: metadata.name, model: metadata.labels["app.kubernetes.io/instance"], ...reported });
  }
  return said;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly labels: { readonly "app.kubernetes.io/instance": string } };
}
