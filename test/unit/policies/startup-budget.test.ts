import { expect, it } from "vitest";

import { startupBudget } from "../../../policies/startup-budget";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

/** A server that may take 360 s to start, a Deployment that waits 900 s, and a timeout of its update of 900 s. */
const base = changed(deployment, "chat", {
  [`${server}.startupProbe`]: { failureThreshold: 180, periodSeconds: 2 },
  "spec.progressDeadlineSeconds": 900,
});
const violations = (change: object, loadSeconds = 360, createSeconds = 900, from = base) =>
  evaluate(startupBudget, [changed(from, "chat", { ...change }, { createSeconds })], { models: { chat: { loadSeconds } } });
const probe = (settings: object) => ({ [`${server}.startupProbe`]: settings });
const tooShort = (seconds: number, got: string) =>
  `chat: spec.template.spec.containers[vllm].startupProbe: must allow the ${seconds} s that loading takes, got "${got}"; raise failureThreshold`;
const deadline = (seconds: number, got: number) =>
  `chat: spec.progressDeadlineSeconds: must be at least the ${seconds} s that the startup probe allows, got ${got}; raise it`;
const timeout = (seconds: number, got: string) =>
  `chat: customTimeouts.create: must be at least the ${seconds} s that the startup probe allows, got "${got}"; raise it`;

it("accepts what the components make, and what has no pods", () => {
  expect(evaluate(startupBudget, [deployment, ollama, service], { models: { chat: { loadSeconds: 100 } } })).toEqual([]);
});

it.each([
  ["as long as the plan says", {}, 360, 900],
  ["as long as the deadline is", { "spec.progressDeadlineSeconds": 360 }, 360, 900],
  ["as long as the timeout is", {}, 360, 360],
  ["as long as Pulumi waits by itself", probe({ failureThreshold: 300, periodSeconds: 2 }), 600, 0],
  ["by Kubernetes' own values", probe({}), 30, 900],
  ["with its delay", probe({ initialDelaySeconds: 60, failureThreshold: 150, periodSeconds: 2 }), 360, 900],
])("accepts a start that may take %s", (_, change, load, create) => expect(violations(change, load, create)).toEqual([]));

it("accepts any start of what is in no plan, and of what is no model server", () => {
  const short = probe({ failureThreshold: 1 });
  expect(evaluate(startupBudget, [changed(base, "chat", short)])).toEqual([]);
  expect(violations({ ...short, "spec.template.metadata.labels": { "app.kubernetes.io/name": "grafana" } })).toEqual([]);
  expect(violations({ ...short, [`${server}.startupProbe`]: undefined })).toEqual([]);
});

it.each([
  [{}, 361, 900, tooShort(361, "360 s")],
  [probe({}), 31, 900, tooShort(31, "30 s")],
  [probe({ failureThreshold: 10 }), 101, 900, tooShort(101, "100 s")],
  [probe({ periodSeconds: 7 }), 22, 900, tooShort(22, "21 s")],
  [{ "spec.progressDeadlineSeconds": 359 }, 360, 900, deadline(360, 359)],
  [{ ...probe({ failureThreshold: 301, periodSeconds: 2 }), "spec.progressDeadlineSeconds": undefined }, 360, 900, deadline(602, 600)],
  [{}, 360, 359, timeout(360, "359s")],
  [probe({ failureThreshold: 301, periodSeconds: 2 }), 360, 0, timeout(602, "600s")],
])("refuses %o for a load of %i s with a timeout of %i s", (change, load, create, message) =>
  expect(violations(change, load, create)).toEqual([message]),
);

it("asks no timeout of a Deployment that is not waited for, and no deadline of another kind", () => {
  const long = probe({ failureThreshold: 400, periodSeconds: 2 });
  const annotations = (value: string) => ({ "metadata.annotations": { "pulumi.com/skipAwait": value } });
  expect(violations({ ...long, ...annotations("true") }, 360, 0)).toEqual([]);
  expect(violations({ ...long, ...annotations("false") }, 360, 0)).toEqual([timeout(800, "600s")]);
  const set = { ...base, type: "kubernetes:apps/v1:StatefulSet" };
  expect(violations({ ...long, "spec.progressDeadlineSeconds": 1 }, 360, 0, set)).toEqual([]);
});

it("looks at no container that ends", () => {
  expect(violations({ [`${pod}.initContainers`]: [{ name: "setup", startupProbe: {} }] })).toEqual([]);
});
