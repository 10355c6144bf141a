import { planOf } from "../../lib/environment/plan-request";
import type { EnvironmentFile } from "../lib/environment";
import { UserError } from "../lib/fault";
import { lastUpdate, type Update, type Verified, verifiedReleases } from "./history";
import { isSameRelease, type Release, releaseChanges, releaseOf, uncovered } from "./release";
import { writeRelease } from "./write-release";

const releaseIn = ({ environment }: EnvironmentFile): Release => releaseOf(environment, planOf(environment));

/** The release that an environment runs, if its last update verified what its files say; anything else is refused. */
export function currentRelease(from: EnvironmentFile, history: readonly Update[]): Verified {
  const again = `make up ENV=${from.name}`;
  const last = lastUpdate(history);
  if (!last) throw new UserError(`FROM="${from.name}": was never updated, so nothing of it is verified`, again);
  if (last.result !== "succeeded")
    throw new UserError(
      `FROM="${from.name}": its last update, of ${last.startTime}, ended with ${last.result}`,
      `correct it, then ${again}`,
    );
  const [verified] = verifiedReleases([last]);
  if (!verified)
    throw new UserError(`FROM="${from.name}": its last update does not say what it deployed: it was not run by make up`, again);
  const differences = [...releaseChanges(verified.release, releaseIn(from)), ...uncovered(releaseIn(from), verified.release)];
  if (!isSameRelease(verified.release, releaseIn(from)))
    throw new UserError(
      `FROM="${from.name}": its files have changed since they were verified, on ${verified.at}:\n${lines(differences.length > 0 ? differences : ["models were taken away"])}`,
      again,
    );
  return verified;
}

/** The newest release that was verified and is not what the environment's files say now. */
export function previousRelease(environment: EnvironmentFile, history: readonly Update[]): Verified {
  const now = releaseIn(environment);
  const found = verifiedReleases(history).find(({ release }) => !isSameRelease(release, now));
  if (found) return found;
  throw new UserError(
    `ENV="${environment.name}": no other verified release is in its history`,
    "pulumi stack history shows what there is; promote another one",
  );
}

/**
 * Writes a verified release into an environment, and returns what to tell. What the environment deploys and the release does not hold was never
 * verified: it is refused, or with `partial` reported and left as it is.
 */
export function applyRelease(to: EnvironmentFile, { release, at }: Verified, { partial }: { partial: boolean }): string[] {
  const before = releaseIn(to);
  const left = uncovered(before, release);
  if (left.length > 0 && !partial)
    throw new UserError(
      `${to.file}: deploys what the release of ${at} does not hold, so nobody verified it:\n${lines(left)}`,
      "verify the same there first, or promote the rest with PARTIAL=1",
    );
  const changes = releaseChanges(before, release);
  const written = writeRelease(to, release);
  return [
    ...(changes.length > 0 ? changes : [`${to.name} deploys the release of ${at} already`]),
    ...left.map((what) => `not verified, and left as it is: ${what}`),
    `written: ${written.join(", ")}`,
    `next: make preview ENV=${to.name}, commit, make up ENV=${to.name}`,
  ];
}

const lines = (texts: readonly string[]): string => texts.map((text) => `✖ ${text}`).join("\n");
