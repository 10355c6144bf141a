import type { Release } from "./release";

/** One update of a stack, as `pulumi stack history --json` tells it. */
export interface Update {
  readonly version?: number;
  readonly kind: string;
  readonly message?: string;
  readonly result?: string;
  readonly startTime: string;
  readonly endTime?: string;
}

/** A release that was deployed, and answered. */
export interface Verified {
  readonly release: Release;
  readonly at: string;
}

/** What marks the message of an update that says its release. */
const mark = "release ";
/** Most characters of one argument of a command on Linux are 131,071 (MAX_ARG_STRLEN). */
const longest = 120_000;

/** The message of an update that deploys a release; undefined where it would be too long to be kept. */
export function releaseMessage(release: Release): string | undefined {
  const message = `${mark}${JSON.stringify(release)}`;
  return message.length > longest ? undefined : message;
}

/** The release that an update says it deployed. */
function releaseIn({ message = "" }: Update): Release | undefined {
  if (!message.startsWith(mark)) return undefined;
  try {
    const { images, weights, engines } = JSON.parse(message.slice(mark.length)) as Partial<Release>;
    return images && weights && engines ? { images, weights, engines } : undefined;
  } catch {
    return undefined; // a message that somebody wrote by hand
  }
}

const updates = (history: readonly Update[]): Update[] => history.filter(({ kind }) => kind === "update");

/** Releases that were verified, the newest first: an update succeeds only when every model has answered. */
export function verifiedReleases(history: readonly Update[]): Verified[] {
  return updates(history).flatMap((update) => {
    const release = update.result === "succeeded" ? releaseIn(update) : undefined;
    return release ? [{ release, at: update.endTime ?? update.startTime }] : [];
  });
}

/** The newest update, whether it went well or not. */
export const lastUpdate = (history: readonly Update[]): Update | undefined => updates(history)[0];
