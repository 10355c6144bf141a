import { UserError } from "../lib/fault";

/** Tag of a stack by which it says until when it may live, as ISO 8601 in UTC. */
export const expiryTag = "slm:expires";

/** Longest life of an environment of a pull request without a push, in hours: a week. */
const mostHours = 168;

/** Name of the environment of a pull request. */
export function pullRequestName(number: string): string {
  if (/^[1-9]\d{0,8}$/.test(number)) return `pr-${number}`;
  throw new UserError(`N: must be the number of a pull request, got "${number}"`, "make pr-up N=7");
}

/** Whether a stack is one of a pull request's. */
export const isPullRequest = (stack: string): boolean => /^pr-[1-9]\d{0,8}$/.test(stack);

/** Until when an environment lives that is brought up, or changed, now; `hours` is what was asked, a day where nothing was. */
export function expiryFrom(now: Date, hours: string): string {
  const asked = hours === "" ? 24 : Number(hours);
  if (!Number.isInteger(asked) || asked < 1 || asked > mostHours)
    throw new UserError(`HOURS: must be a whole number from 1 to ${mostHours}, got "${hours}"`, "leave it out for 24");
  return new Date(now.getTime() + asked * 3_600_000).toISOString();
}

/** Whether the time of a stack is over. One that says no time, or none that can be read, was cut off before it could: it is nobody's. */
export function isOver(expires: string | undefined, now: Date): boolean {
  const until = Date.parse(expires ?? "");
  return Number.isNaN(until) || until <= now.getTime();
}
