import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";
import { alerts, promisedSeconds } from "../../../lib/monitoring/alerts";
import { runbookName } from "../../../lib/monitoring/rule";
import { repoRoot } from "../../../tools/lib/paths";
import { alertCases } from "../../support/alert-cases";
import { allWatchers, wholeFleet } from "../../support/fleet";

const every = alerts(wholeFleet, allWatchers);
const runbooks = path.join(repoRoot, "docs/runbooks");

describe("alerts", () => {
  it.each(every.map(({ name }) => [name, `${runbookName(name)}.md`] as const))("%s has a page that says what to do: %s", (name, file) => {
    expect(existsSync(path.join(runbooks, file)), file).toBe(true);
    const page = readFileSync(path.join(runbooks, file), "utf8");
    expect(page.split("\n")[0]).toBe(`# ${name}`);
    for (const part of ["## What it means", "## What to do", "## Silence"]) expect(page).toContain(part);
  });

  it("have no page without an alert", () => {
    const pages = readdirSync(runbooks).filter((file) => file !== "README.md");
    expect(pages.sort()).toEqual(every.map(({ name }) => `${runbookName(name)}.md`).sort());
  });

  it("have cases that Prometheus' own tool plays: when each fires, and when it must not", () => {
    expect(Object.keys(alertCases).sort()).toEqual(every.map(({ name }) => name).sort());
    const always = Object.entries(alertCases).filter(([, { quiet }]) => quiet.length === 0);
    expect(always.map(([name]) => name)).toEqual(["Watchdog"]);
    for (const [name, { fires }] of Object.entries(alertCases)) expect(fires, name).not.toEqual([]);
  });

  it("say in one line what is wrong", () => {
    for (const { name, summary } of every) expect(summary, name).toMatch(/^[^\n]{10,140}$/);
  });

  it.each([0, 60])(
    "that last %d s promise a time to the message: scrape, timeout, evaluation, that, and the group's wait",
    (forSeconds) => {
      expect(promisedSeconds({ forSeconds })).toBe(15 + 10 + 15 + forSeconds + 30);
    },
  );
});
