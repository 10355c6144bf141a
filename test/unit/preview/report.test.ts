import { describe, expect, it } from "vitest";

import type { EnvironmentPlan } from "../../../lib/planner/types";
import { eventsOf } from "../../../tools/lib/events";
import { previewText } from "../../../tools/preview/text";
import { deployment, kinds, priced, report, step, unknown, unpriced, urn, violation, warning } from "../../support/preview";

describe("changes", () => {
  it("are one for each resource, with what changes; a replacement with what forces it, and whether the old one goes first", () => {
    const { changes, counts } = report([
      step("create", "kubernetes:core/v1:Namespace", "namespace"),
      step("same", "kubernetes:core/v1:Service", "chat-service"),
      step("update", kinds.deployment, "chat-server", { diffs: ["spec"], detailedDiff: { "spec.replicas": {}, "spec.paused": {} } }),
      step("update", "kubernetes:core/v1:ConfigMap", "map", { diffs: ["data"], detailedDiff: null }),
      step("delete-replaced", kinds.pool, "gpu-pool"),
      step("replace", kinds.pool, "gpu-pool", { keys: ["vmSize"], diffs: ["vmSize", "tags"] }),
      step("create-replacement", kinds.pool, "gpu-pool", { keys: ["vmSize"] }),
      step("create-replacement", "azure-native:keyvault:Vault", "vault"),
      step("delete-replaced", "azure-native:keyvault:Vault", "vault"),
      step("create-replacement", kinds.pod, "kept"),
      step("create", "pulumi:providers:kubernetes", "default_4_34_2"),
    ]);
    const reported = changes.map(({ op, name, properties, deletedFirst }) => [op, name, properties.join(), deletedFirst]);
    expect(reported).toEqual([
      ["create", "namespace", "", false],
      ["update", "chat-server", "spec.paused,spec.replicas", false],
      ["update", "map", "data", false],
      ["replace", "gpu-pool", "vmSize", true],
      ["replace", "vault", "", false],
      ["replace", "kept", "", false],
    ]);
    expect(counts).toEqual({ create: 1, update: 2, replace: 3 });
  });

  it("that take something away are distinguished from what ends by itself", () => {
    const { destructive } = report([
      step("delete", "kubernetes:core/v1:Secret", "token"),
      step("delete", "slm:serving:Model", "chat"),
      step("replace", kinds.pod, "chat-verified"),
      step("delete", "kubernetes:batch/v1:Job", "chat-download"),
      step("replace", kinds.pool, "gpu-pool"),
      step("replace", "pulumi:providers:kubernetes", "cluster"),
    ]);
    expect(destructive.map(({ op, name }) => `${op} ${name}`)).toEqual(["delete token", "replace gpu-pool"]);
  });
});

describe("interruptions", () => {
  const rolling = (maxUnavailable: number, maxSurge: number) => ({ type: "RollingUpdate", rollingUpdate: { maxUnavailable, maxSurge } });
  const recreate = { type: "Recreate" };
  const pause = "its pods end before the new ones start: no answer for a cold start";
  it.each([
    ["its pods are made anew", deployment(1, "a", recreate), deployment(1, "b", recreate), pause],
    ["nothing of its pods changes", deployment(1, "a", recreate), deployment(2, "a", recreate), undefined],
    ["a surge replaces them", deployment(1, "a", rolling(0, 1)), deployment(1, "b", rolling(0, 1)), undefined],
    [
      "its one pod is away",
      deployment(1, "a", rolling(1, 0)),
      deployment(1, "b", rolling(1, 0)),
      "all its pods may be away at once: no answer for a cold start",
    ],
    ["one of two pods is away", deployment(2, "a", rolling(1, 0)), deployment(2, "b", rolling(1, 0)), undefined],
    ["no replica is left", deployment(1, "a", recreate), deployment(0, "a", recreate), "it runs no replica any more"],
    ["there was no replica", deployment(0, "a", recreate), deployment(0, "b", recreate), undefined],
  ])("an update where %s", (_what, before, after, why) => {
    const { interruptions } = report([step("update", kinds.deployment, "chat-server", { old: before, new: after })]);
    expect(interruptions).toEqual(why ? [{ what: "chat", why }] : []);
  });

  it("a server that goes ends its model, unless another one of the same model comes", () => {
    const gone = step("delete", kinds.deployment, "chat-server", { old: deployment(1, "a", recreate) });
    const next = (name: string) => step("create", kinds.deployment, "chat-server-2", { new: deployment(1, "b", recreate, name) });
    expect(report([gone]).interruptions).toEqual([{ what: "chat", why: "it is no longer served" }]);
    expect(report([next("other"), gone]).interruptions).toHaveLength(1);
    expect(report([next("chat"), gone]).interruptions).toEqual([]);
  });

  it("a server that is replaced pauses only where the old one goes first", () => {
    const steps = ["delete-replaced", "create-replacement"].map((op) =>
      step(op, kinds.deployment, "chat-server", { old: deployment(1, "a", recreate) }),
    );
    expect(report(steps).interruptions).toEqual([{ what: "chat", why: "its server is deleted before the new one is made" }]);
    expect(report(steps.reverse()).interruptions).toEqual([]);
  });

  it.each([
    ["kubernetes:core/v1:Namespace", "everything in the namespace ends with it"],
    ["kubernetes:core/v1:Service", "its address goes: clients reach nobody"],
    ["azure-native:containerservice:ManagedCluster", "everything in the cluster ends with it"],
    [kinds.pool, "the pods on its nodes end with it"],
    ["azure-native:resources:ResourceGroup", "everything in the group ends with it"],
    ["azure-native:network:VirtualNetwork", "the cluster's nodes lose their network"],
  ])("%s: its deletion and its replacement are, its update is none", (type, why) => {
    for (const op of ["delete", ...(type === kinds.pool ? [] : ["replace"])])
      expect(report([step(op, type, "it")]).interruptions).toEqual([{ what: "it", why }]);
    expect(report([step("update", type, "it")]).interruptions).toEqual([]);
  });
});

it("a node pool that is replaced interrupts where the old one goes before the new one is there", () => {
  const pool = (...ops: string[]) => report(ops.map((op) => step(op, kinds.pool, "gpu-pool"))).interruptions;
  expect(pool("create-replacement", "replace", "delete-replaced")).toEqual([]);
  expect(pool("delete-replaced", "replace", "create-replacement")).toEqual([
    { what: "gpu-pool", why: "the pods on its nodes end with it" },
  ]);
});

describe("cost", () => {
  const stack = (usdPerMonth?: number) => ({
    resOutputsEvent: {
      metadata: {
        op: "same",
        type: "pulumi:pulumi:Stack",
        urn: urn("pulumi:pulumi:Stack", "slm-dev"),
        old: { outputs: usdPerMonth === undefined ? {} : { plan: { usdPerMonth } } },
        new: null,
      },
    },
  });
  const line = (lines: object[], plan: EnvironmentPlan) => /- (models' nodes|cost): (.*)/.exec(previewText(report(lines, { plan })))?.[2];
  const sum = priced.usdPerMonth;
  it("is compared with what the last update wrote", () => {
    expect(report([stack(sum - 10.5)], { plan: priced }).cost).toEqual({
      usdPerMonth: sum,
      deployedUsdPerMonth: sum - 10.5,
      changeUsdPerMonth: 10.5,
    });
    expect(line([stack(sum - 10.5)], priced)).toBe(
      `$${sum} per month of 730 h, $10.50 more than what is deployed ($${(sum - 10.5).toFixed(2)})`,
    );
    expect(line([stack(sum + 1)], priced)).toBe(`$${sum} per month of 730 h, $1.00 less than what is deployed ($${(sum + 1).toFixed(2)})`);
    expect(line([stack(sum)], priced)).toBe(`$${sum} per month of 730 h, as is deployed`);
    for (const lines of [[], [stack()]])
      expect(line(lines, priced)).toBe(`$${sum} per month of 730 h; nothing is deployed whose price is known`);
  });
  it("is none where nothing is priced", () => {
    expect(report([stack(5)]).cost).toEqual({ usdPerMonth: null, deployedUsdPerMonth: 5, changeUsdPerMonth: null });
    expect(line([], unpriced)).toBe("not priced");
  });
});

describe("what was reported", () => {
  it("is sorted by who must act: needed before an update, not checked, or a note; where the CLI found us, and outputs that are not there, are no news", () => {
    const { missing, unchecked, warnings, errors } = report(
      [
        warning("using pulumi-language-nodejs from $PATH at /x"),
        warning("Undefined value (frontDoor) will not show as a stack output."),
        warning("before an update: models.chat: must be locked"),
        warning("quota in eastus was not checked: no credentials"),
        warning("something else"),
        { diagnosticEvent: { severity: "debug", message: "x" } },
        { diagnosticEvent: { severity: "error", message: "broken\n" } },
        step("create", kinds.pod, "a", { new: { inputs: { image: unknown } } }),
        step("create", kinds.pod, "b", { new: { inputs: { image: "known" } } }),
        step("same", kinds.pod, "c", { new: { inputs: { image: unknown } } }),
      ],
      { notes: ["Azure: a stand-in answered"] },
    );
    expect([missing, unchecked, warnings, errors]).toEqual([
      ["models.chat: must be locked"],
      [
        "Azure: a stand-in answered",
        "quota in eastus was not checked: no credentials",
        "1 resources have values that are known only after the update: rules evaluate those then",
      ],
      ["something else"],
      ["broken"],
    ]);
  });

  it("of rules is who evaluated, what they found, and what they fixed", () => {
    const { policies } = report([
      { policyAnalyzeSummaryEvent: { passed: ["tags", "drain"], failed: ["probes"] } },
      { policyAnalyzeStackSummaryEvent: { passed: ["monthly-cost"] } },
      violation("probes", "advisory"),
      { policyRemediationEvent: { policyName: "labels", resourceUrn: urn(kinds.pod, "chat") } },
      { summaryEvent: { PolicyPacks: { "slm|local|policies": "0.1.0" } } },
    ]);
    expect(policies).toEqual({
      packs: { "slm|local|policies": "0.1.0" },
      rules: ["drain", "monthly-cost", "probes", "tags"],
      violations: [{ rule: "probes", level: "advisory", resource: "chat-service", message: "must not" }],
      remediations: ["labels: chat"],
    });
  });

  it("does without the last line of a log that was cut off", () => {
    const { steps } = eventsOf(`${JSON.stringify(step("create", kinds.pod, "a"))}\n{"resourcePre`);
    expect(steps.map(({ op }) => op)).toEqual(["create"]);
  });
});
