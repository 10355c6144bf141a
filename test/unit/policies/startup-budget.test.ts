import { expect, it } from "vitest";

import { startupBudget } from "../../../policies/startup-budget";
import { changed, deployment, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object, loadSeconds = 360, createSeconds = 900) =>
  judge(startupBudget, [changed(deployment, "chat", { ...change }, { createSeconds })], { models: { chat: { loadSeconds } } });

it("accepts a start that has the time of the plan, wherever it is timed", () => expect(judged({})).toEqual([]));

it("accepts any start of what the plan does not know", () => {
  expect(judge(startupBudget, [changed(deployment, "chat", { [`${server}.startupProbe.failureThreshold`]: 1 })])).toEqual([]);
});

it.each([
  [
    judged({}, 400),
    'chat: spec.template.spec.containers[vllm].startupProbe: must allow the 400 s that loading takes, got "360 s"; raise failureThreshold',
  ],
  [
    judged({ [`${server}.startupProbe`]: {} }, 31),
    'chat: spec.template.spec.containers[vllm].startupProbe: must allow the 31 s that loading takes, got "30 s"; raise failureThreshold',
  ],
  [
    judged({ "spec.progressDeadlineSeconds": 300 }),
    "chat: spec.progressDeadlineSeconds: must be at least the 360 s that the startup probe allows, got 300; raise it",
  ],
  [
    judged({ [`${server}.startupProbe.failureThreshold`]: 400, "spec.progressDeadlineSeconds": undefined }),
    "chat: spec.progressDeadlineSeconds: must be at least the 800 s that the startup probe allows, got 600; raise it",
  ],
  [
    judged({ [`${server}.startupProbe.failureThreshold`]: 400 }, 360, 0),
    'chat: customTimeouts.create: must be at least the 800 s that the startup probe allows, got "600s"; raise it',
  ],
])("refuses %o", (messages, message) => expect(messages).toEqual([message]));

it("asks no timeout of a Deployment that is not waited for", () => {
  expect(
    judged({ [`${server}.startupProbe.failureThreshold`]: 400, "metadata.annotations": { "pulumi.com/skipAwait": "true" } }, 360, 0),
  ).toEqual([]);
});
