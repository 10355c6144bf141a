import { expect, it } from "vitest";

import { surgeHeadroom } from "../../../policies/surge-headroom";
import { changed, deployment, gpuPool, pod } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const strategy = "spec.strategy.rollingUpdate.maxSurge";
const judged = (change: object, pool: object = {}, ...others: Parameters<typeof judge>[1]) =>
  judge(surgeHeadroom, [changed(gpuPool, "gpua100", { ...pool }), ...others, changed(deployment, "chat", { ...change })]);
const fix = "set it to 0, or raise the pool's maxCount";

it.each([
  [{}, {}],
  [{ [strategy]: 1 }, {}],
  [{ [strategy]: 1, "spec.replicas": 2, "spec.strategy.type": "Recreate" }, {}],
  [{ [strategy]: 1, "spec.replicas": 2 }, { vmSize: "Standard_NX_future" }],
  [{ [strategy]: 1, "spec.replicas": 2 }, { gpuInstanceProfile: "MIG2g" }],
  [{ [strategy]: 1, "spec.replicas": 2, [`${pod}.nodeSelector`]: { agentpool: "elsewhere" } }, {}],
])("accepts %o on %o", (change, pool) => expect(judged(change, pool)).toEqual([]));

it.each([
  [
    { [strategy]: 1, "spec.replicas": 2 },
    {},
    `chat: ${strategy}: must be 0: gpua100 has 2 GPUs, 2 are used and the surge takes 1 more, got 1; ${fix}`,
  ],
  [
    { "spec.strategy": undefined, "spec.replicas": 2 },
    {},
    `chat: ${strategy}: must be 0: gpua100 has 2 GPUs, 2 are used and the surge takes 1 more, got nothing; ${fix}`,
  ],
  [
    { [strategy]: "100%" },
    { maxCount: 1 },
    `chat: ${strategy}: must be 0: gpua100 has 1 GPUs, 1 are used and the surge takes 1 more, got "100%"; ${fix}`,
  ],
])("refuses %o on %o", (change, pool, message) => expect(judged(change, pool)).toEqual([message]));

it("counts what others on the pool use", () => {
  expect(judged({ [strategy]: 1 }, {}, changed(deployment, "other", { "metadata.name": "other" }))).toEqual([
    `chat: ${strategy}: must be 0: gpua100 has 2 GPUs, 2 are used and the surge takes 1 more, got 1; ${fix}`,
  ]);
});

it("takes a pool outside the stack from the environment", () => {
  const change = { [strategy]: 1, [`${pod}.nodeSelector`]: { "node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4" } };
  const pools = [{ size: "Standard_NC24ads_A100_v4", maxNodes: 1 }];
  expect(judge(surgeHeadroom, [changed(deployment, "chat", change)], { pools })).toHaveLength(1);
  expect(judge(surgeHeadroom, [changed(deployment, "chat", change)], {})).toEqual([]);
});
