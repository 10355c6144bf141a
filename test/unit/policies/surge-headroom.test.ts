import { expect, it } from "vitest";

import { surgeHeadroom } from "../../../policies/surge-headroom";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, gpuPool, ollama, pod, server, service } from "../../support/policies/fixtures";

const strategy = "spec.strategy.rollingUpdate.maxSurge";
/** One GPU for each pod, on a pool of two. */
const pool = changed(gpuPool, "pool", { agentPoolName: "gpua100", nodeLabels: {}, maxCount: 2 });
const base = changed(deployment, "chat", { [`${pod}.nodeSelector`]: { agentpool: "gpua100" }, "spec.replicas": 1, [strategy]: 0 });
const violations = (change: object, poolChange: object = {}, ...others: Parameters<typeof evaluate>[1]) =>
  evaluate(surgeHeadroom, [changed(pool, "pool", { ...poolChange }), ollama, service, ...others, changed(base, "chat", { ...change })]);
const refused = (room: number, used: number, surge: number, got: string | number, pools = "gpua100") =>
  `chat: ${strategy}: must be 0: ${pools} has ${room} GPUs, ${used} are used and the surge takes ${surge} more, got ${got}; set it to 0, or raise the pool's maxCount`;
const gpus = (count: string) => ({ [`${server}.resources`]: { limits: { "nvidia.com/gpu": count } } });

it.each([
  ["no surge", { "spec.replicas": 2 }, {}],
  ["room for the surge", { [strategy]: 1 }, {}],
  ["pods that end before others start", { [strategy]: 1, "spec.replicas": 2, "spec.strategy.type": "Recreate" }, {}],
  ["a pool whose GPUs nobody knows", { [strategy]: 1, "spec.replicas": 2 }, { vmSize: "Standard_NX_future" }],
  ["a pool without a bound", { [strategy]: 1, "spec.replicas": 2 }, { maxCount: undefined }],
  ["slices of GPUs", { [strategy]: 1, "spec.replicas": 5 }, { gpuInstanceProfile: "MIG2g" }],
  ["another pool", { [strategy]: 1, "spec.replicas": 2, [`${pod}.nodeSelector`]: { agentpool: "elsewhere" } }, {}],
  ["no replicas", { [strategy]: "25%", "spec.replicas": 0 }, { maxCount: 0 }],
  ["no GPU", { [strategy]: 9, [`${server}.resources`]: {} }, {}],
])("accepts %s", (_, change, poolChange) => expect(violations(change, poolChange)).toEqual([]));

it.each([
  [{ [strategy]: 1, "spec.replicas": 2 }, {}, refused(2, 2, 1, 1)],
  [{ [strategy]: 1, "spec.replicas": undefined }, { maxCount: 1 }, refused(1, 1, 1, 1)],
  [{ [strategy]: 2 }, {}, refused(2, 1, 2, 2)],
  [{ "spec.strategy": undefined, "spec.replicas": 2 }, {}, refused(2, 2, 1, "nothing")],
  // A share is rounded up: 25 % of five is two.
  [{ [strategy]: "25%", "spec.replicas": 5 }, { maxCount: 6 }, refused(6, 5, 2, '"25%"')],
  [{ [strategy]: "100%" }, { maxCount: 1 }, refused(1, 1, 1, '"100%"')],
  [{ [strategy]: 1, ...gpus("2") }, { vmSize: "Standard_NC80adis_H100_v5", maxCount: 1 }, refused(2, 2, 2, 1)],
  [{ [strategy]: 2, ...gpus("2") }, { vmSize: "Standard_NC80adis_H100_v5" }, refused(4, 2, 4, 2)],
  [{ [strategy]: 1, "spec.replicas": 6 }, { gpuInstanceProfile: "MIG2g" }, refused(6, 6, 1, 1)],
  [{ [strategy]: 1, "spec.replicas": 3 }, { enableAutoScaling: false, count: 3, maxCount: 9 }, refused(3, 3, 1, 1)],
])("refuses %o on %o", (change, poolChange, message) => expect(violations(change, poolChange)).toEqual([message]));

it("counts what others on the pool use, of any kind, but not what others elsewhere do", () => {
  const set = { ...changed(base, "set", { "spec.replicas": 1 }), type: "kubernetes:apps/v1:StatefulSet" };
  const away = changed(base, "away", { [`${pod}.nodeSelector`]: { agentpool: "elsewhere" }, "spec.replicas": 9 });
  expect(violations({ [strategy]: 1 }, {}, set, away)).toEqual([refused(2, 2, 1, 1)]);
});

it("asks nothing of kinds that start no pod before another ends", () => {
  const set = { ...changed(base, "set", { "spec.strategy": undefined, "spec.replicas": 2 }), type: "kubernetes:apps/v1:StatefulSet" };
  expect(evaluate(surgeHeadroom, [pool, set])).toEqual([]);
});

it("counts containers that run as long as their pod, and no others", () => {
  const setup = { name: "setup", resources: { limits: { "nvidia.com/gpu": "1" } } };
  expect(violations({ [strategy]: 1, [`${pod}.initContainers`]: [setup] })).toEqual([]);
  expect(violations({ [strategy]: 1, [`${pod}.initContainers`]: [{ ...setup, restartPolicy: "Always" }] })).toEqual([refused(2, 2, 2, 1)]);
});

it("adds up all pools that a pod may run on", () => {
  const second = changed(pool, "second", { agentPoolName: "second" });
  const anywhere = { [`${pod}.nodeSelector`]: undefined };
  expect(violations({ [strategy]: 1, "spec.replicas": 3, ...anywhere }, {}, second)).toEqual([]);
  expect(violations({ [strategy]: 1, "spec.replicas": 4, ...anywhere }, {}, second)).toEqual([refused(4, 4, 1, 1, "gpua100, second")]);
});

it("takes a pool outside the stack from the environment", () => {
  const change = { [strategy]: 1, [`${pod}.nodeSelector`]: { "node.kubernetes.io/instance-type": "Standard_NC24ads_A100_v4" } };
  const chat = changed(base, "chat", change);
  const pools = (maxNodes: number) => ({ pools: [{ size: "Standard_NC24ads_A100_v4", maxNodes }] });
  expect(evaluate(surgeHeadroom, [chat], pools(1))).toEqual([refused(1, 1, 1, 1, "Standard_NC24ads_A100_v4")]);
  expect(evaluate(surgeHeadroom, [chat], pools(2))).toEqual([]);
  expect(evaluate(surgeHeadroom, [chat], {})).toEqual([]);
});
