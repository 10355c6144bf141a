import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import { repoRoot } from "../../tools/lib/paths";

const folder = path.join(repoRoot, ".github/workflows");
const files = [
  ...readdirSync(folder).map((file) => path.join(folder, file)),
  path.join(repoRoot, ".github/actions/setup/action.yaml"),
  ...["azure-pipelines.yaml", "azure-pipelines-make.yaml"].map((file) => path.join(repoRoot, "docs/pipelines", file)),
];
const text = (file: string): string => readFileSync(file, "utf8");
const named = (file: string): string => path.relative(repoRoot, file);

describe("workflows", () => {
  it.each(files.map(named))("%s: actions of others are pinned by commit, with the version beside", (file) => {
    const uses = [...text(path.join(repoRoot, file)).matchAll(/uses: (.*)/g)]
      .map(([, action]) => action!)
      .filter((action) => !action.startsWith("./"));
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)*$/);
  });

  it("pin each action by one commit", () => {
    const pins = files.flatMap((file) =>
      [...text(file).matchAll(/uses: ([\w-]+\/[\w-]+)@(\S+)/g)].map(([, action, commit]) => [action!, commit!] as const),
    );
    expect(pins.length).toBeGreaterThan(4);
    for (const [action, commit] of pins)
      expect(new Set(pins.filter(([other]) => other === action).map(([, pin]) => pin)), action).toEqual(new Set([commit]));
  });

  it.each(files.map(named))("%s: every make target that it runs is there", async (file) => {
    const targets = [...text(path.join(repoRoot, file)).matchAll(/(?:run: |script: |command: "?|^ +)make ([a-z-]+)/gm)].map(
      ([, target]) => target!,
    );
    for (const target of new Set(targets))
      expect((await execa("make", ["--dry-run", target], { cwd: repoRoot, reject: false })).exitCode, target).toBe(0);
  });

  it("give no job more than it asks for, and keep no credential of Git", () => {
    for (const file of readdirSync(folder)) {
      const { permissions, jobs } = parse(text(path.join(folder, file))) as {
        permissions: object;
        jobs: Record<string, { permissions?: object; steps?: { uses?: string; with?: object }[] }>;
      };
      expect(permissions, file).toEqual({});
      for (const job of Object.values(jobs)) {
        expect(job.permissions, file).toBeDefined();
        for (const step of job.steps ?? [])
          if (step.uses?.startsWith("actions/checkout@")) expect(step.with).toEqual({ "persist-credentials": false });
      }
    }
  });
});
