import { environmentLabel, prefixOf } from "../../components/local/names";
import { docker } from "./client";

const ofEnvironment = (name: string): string => `--filter=label=${environmentLabel}=${name}`;
const lines = (text: string): string[] => text.split("\n").filter(Boolean);

/** Lines of the log of a container that is not well that are shown. */
const shownLines = 3;

/** What containers that are not well say last: the provider only tells that one did not become healthy. */
export async function complaints(name: string): Promise<string[]> {
  const format = "--format={{.Names}}\t{{.State}}\t{{.Status}}";
  const reported: string[] = [];
  for (const line of lines(await docker(["ps", "--all", ofEnvironment(name), format]))) {
    const [container = "", state, status = ""] = line.split("\t");
    if ((state === "running" && !/unhealthy|starting/.test(status)) || status.startsWith("Exited (0)")) continue;
    const last = await docker(["logs", "--tail", String(shownLines), container]).catch(() => "");
    reported.push(`${container.slice(prefixOf(name).length + 1)} (${status}): ${lines(last).at(-1) ?? "it has said nothing"}`);
  }
  return reported;
}

/** What an interrupted run may have made without a note of it: it is taken away, and made again. Volumes are taken up by their names. */
export async function dropUnnoted(pending: readonly string[]): Promise<void> {
  for (const name of pending) {
    await docker(["rm", "--force", name]).catch(() => undefined);
    await docker(["network", "rm", name]).catch(() => undefined);
  }
}

/** Volumes that an environment leaves. */
export const keptVolumes = async (name: string): Promise<string[]> => lines(await docker(["volume", "ls", "--quiet", ofEnvironment(name)]));

/** Takes away all that is left of an environment: its volumes, and what no state knows. */
export async function purgeDocker(name: string): Promise<string[]> {
  const containers = lines(await docker(["ps", "--all", "--quiet", ofEnvironment(name)]));
  if (containers.length > 0) await docker(["rm", "--force", ...containers]);
  const networks = lines(await docker(["network", "ls", "--quiet", ofEnvironment(name)]));
  if (networks.length > 0) await docker(["network", "rm", ...networks]);
  const volumes = await keptVolumes(name);
  if (volumes.length > 0) await docker(["volume", "rm", ...volumes]);
  return volumes;
}
