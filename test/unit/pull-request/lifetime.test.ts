import { describe, expect, it } from "vitest";

import { expiryFrom, isOver, isPullRequest, pullRequestName } from "../../../tools/pull-request/lifetime";
import { messageOf } from "../../support/errors";

const now = new Date("2026-11-27T04:00:00Z");

describe("the environment of a pull request", () => {
  it("is named by its number", () => expect(pullRequestName("17")).toBe("pr-17"));

  it.each(["", "0", "07", "-1", "1.5", "17; rm", "seventeen", "1234567890"])("N=%j is refused", (number) => {
    expect(messageOf(() => pullRequestName(number))).toBe(
      `N: must be the number of a pull request, got "${number}"\n  fix: make pr-up N=7`,
    );
  });

  it("is distinguished from every other stack", () => {
    expect(["pr-1", "pr-17", "pr", "pr-", "pr-01", "pr-7a", "my-pr-7", "prod", "pr-7-door"].filter(isPullRequest)).toEqual([
      "pr-1",
      "pr-17",
    ]);
  });

  it("lives for a day, or for the hours that are asked for", () => {
    expect(expiryFrom(now, "")).toBe("2026-11-28T04:00:00.000Z");
    expect(expiryFrom(now, "1")).toBe("2026-11-27T05:00:00.000Z");
    expect(expiryFrom(now, "168")).toBe("2026-12-04T04:00:00.000Z");
  });

  it.each(["0", "169", "1.5", "a day", "-1"])("HOURS=%j is refused", (hours) => {
    expect(messageOf(() => expiryFrom(now, hours))).toBe(
      `HOURS: must be a whole number from 1 to 168, got "${hours}"\n  fix: leave it out for 24`,
    );
  });

  it("is over at its time, and where it says none", () => {
    expect(isOver("2026-11-27T04:00:00.001Z", now)).toBe(false);
    expect(isOver("2026-11-27T04:00:00.000Z", now)).toBe(true);
    expect(isOver(undefined, now)).toBe(true);
    expect(isOver("tomorrow", now)).toBe(true);
  });
});
