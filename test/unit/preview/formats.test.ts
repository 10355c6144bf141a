import { describe, expect, it } from "vitest";

import { planOf } from "../../../lib/environment/plan-request";
import { previewMarkdown } from "../../../tools/preview/markdown";
import { headline } from "../../../tools/preview/sections";
import { previewText } from "../../../tools/preview/text";
import { parsed } from "../../support/environments";
import { kinds, report, step, unknown, unpriced, violation, warning } from "../../support/preview";

/** A report with more of everything than anybody reads. */
const large = () => {
  const many = <T>(make: (index: number) => T) => Array.from({ length: 40 }, (_, index) => make(index));
  const models = Object.fromEntries(many((index) => [`m${index}`, { engine: "ollama", model: "qwen3-0.6b" }]));
  const lines = [
    ...many((index) => step("delete", "kubernetes:core/v1:Namespace", `gone-${index}`)),
    ...many((index) => step("create", kinds.pod, `new-${index}`, { new: { inputs: { image: unknown } } })),
    ...many((index) => warning(`before an update: ${index} ${"x".repeat(700)}`)),
    ...many((index) => warning(`${index} was not checked`)),
    ...many((index) => warning(`note ${index}`)),
    ...many(() => violation("probes", "mandatory", "must | not\n  <b>")),
    ...many(() => ({ diagnosticEvent: { severity: "error", message: "broken\n" } })),
  ];
  return report(lines, { plan: planOf(parsed({ models })), passed: false });
};

describe("a report as text", () => {
  it("begins with its verdict and what is loud, then the plan, the rules, and what could not be known", () => {
    const shown = previewText(
      report([
        step("delete", "kubernetes:core/v1:Service", "chat-service"),
        warning("before an update: lock it"),
        warning("quota was not checked"),
        warning("a note"),
      ]),
    );
    expect(shown.split("\n").filter((line) => /^\S/.test(line))).toEqual([
      "dev: 1 to delete; 1 DELETED OR REPLACED; 1 INTERRUPTED",
      "DELETED OR REPLACED",
      "INTERRUPTED",
      "Plan",
      "Policies: not evaluated",
      "Needed before an update",
      "Not checked",
      "Changes",
      "Notes",
    ]);
    expect(shown).toContain("\nDELETED OR REPLACED\n  ! delete chat-service (kubernetes:core/v1:Service)\n");
    expect(shown).toContain("\nINTERRUPTED\n  ! chat-service: its address goes: clients reach nobody\n");
    expect(shown).toMatch(/\nPlan\n {2}model +runs .*\n {2}chat +1 x qwen3-0\.6b/);
  });

  it("tells how a model that changes rolls out, and each property that changes", () => {
    const shown = previewText(report([step("update", kinds.deployment, "chat-server", { detailedDiff: { "spec.replicas": {} } })]));
    expect(shown).toContain(`  - chat rolls out by ${unpriced.models[0]!.rollout.strategy}: `);
    expect(shown).toContain("\nChanges\n  - update chat-server (kubernetes:apps/v1:Deployment): spec.replicas\n");
    expect(previewText(report([]))).not.toContain("rolls out by");
  });

  it("leaves nothing out", () => expect(previewText(large())).toMatch(/gone-39[\s\S]*m39[\s\S]*note 39/));
  it("says what ended it", () => {
    expect(headline(large())).toBe("dev: 40 to delete, 40 to create; 40 DELETED OR REPLACED; 40 INTERRUPTED; REFUSED by 40 violations");
    expect(headline(report([], { passed: false }))).toBe("dev: no change; FAILED with 0 errors");
    expect(headline(report([violation("probes", "advisory")]))).toBe("dev: no change");
  });
});

describe("a report as Markdown", () => {
  it("has at most 60 lines, counts what it cuts, and folds what is long", () => {
    const lines = previewMarkdown(large()).trimEnd().split("\n");
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(lines.length).toBeGreaterThan(50);
    expect(lines.filter((line) => /and \d+ more/.test(line)).map((line) => /and (\d+) more/.exec(line)![1])).toEqual([
      ...["36", "36", "36", "34", "36"], // what is loud, the models, and the rules
      ...["38", "39", "12", "51"],
    ]);
    expect(Math.max(...lines.filter((line) => line.startsWith("- ")).map((line) => line.length))).toBeLessThan(620);
    expect(lines.filter((line) => line.startsWith("<details>"))).toHaveLength(2);
  });

  it("cuts where a line more than fits is there", () => {
    const deleted = (count: number) => {
      const steps = Array.from({ length: count }, (_, index) => step("delete", "kubernetes:core/v1:Secret", `gone-${index}`));
      return previewMarkdown(report(steps))
        .split("\n")
        .filter((line) => /^- (delete|and)/.test(line));
    };
    expect(deleted(5).map((line) => line.slice(0, 15))).toEqual([0, 1, 2, 3, 4].map((index) => `- delete gone-${index}`));
    expect(deleted(6).slice(4)).toEqual(["- and 2 more"]);
  });

  it("keeps to its form whatever a message says", () =>
    expect(previewMarkdown(large())).toContain("- mandatory probes, chat-service: must \\| not &lt;b>\n"));

  it("says at a glance whether it may be merged", () => {
    const mark = (...args: Parameters<typeof report>) => previewMarkdown(report(...args)).slice(0, 5);
    expect([mark([]), mark([step("delete", kinds.pool, "pool")]), mark([], { passed: false })]).toEqual(["## ✅ ", "## ⚠️", "## ❌ "]);
  });
});
