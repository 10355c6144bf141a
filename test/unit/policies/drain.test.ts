import { expect, it } from "vitest";

import { drain } from "../../../policies/drain";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server } from "../../support/policies/fixtures";

const violations = (change: object, base = deployment) => evaluate(drain, [changed(base, "chat", { ...change })]);
const grace = (seconds: number | undefined) => ({ [`${pod}.terminationGracePeriodSeconds`]: seconds });
const shutdown = (...args: string[]) => ({ [`${server}.args`]: args, [`${server}.command`]: undefined });
const preStop = (hook: object | undefined) => ({ [`${server}.lifecycle`]: hook && { preStop: hook } });
const bound = (needed: string, got: number | "nothing", container = "vllm") =>
  `chat: spec.template.spec.terminationGracePeriodSeconds: must be at least ${needed} in container ${container}, got ${got}; raise it, or shorten the others`;
const noPreStop = (container: string) =>
  `chat: spec.template.spec.containers[${container}].lifecycle.preStop: must be set on a model server, which otherwise stops while clients still find it, got nothing; sleep for the seconds that endpoints take to be withdrawn`;

it.each([
  ["the time that both take", grace(60)],
  ["a shell that sleeps", { ...grace(65), ...preStop({ exec: { command: ["/bin/sh", "-c", "sleep 20"] } }) }],
  ["Kubernetes' own 30 s", { ...grace(undefined), ...shutdown("--shutdown-timeout", "15") }],
  ["a hook whose time nothing says", { ...grace(45), ...preStop({ httpGet: { path: "/drain" } }) }],
  ["no port", { [`${server}.ports`]: [], ...preStop(undefined) }],
])("accepts %s", (_, change) => expect(violations(change)).toEqual([]));

it("accepts what the components make of Ollama", () => expect(evaluate(drain, [ollama])).toEqual([]));

it.each([
  [grace(59), bound("60 s: 15 s of preStop and 45 s of shutdown", 59)],
  [grace(undefined), bound("60 s: 15 s of preStop and 45 s of shutdown", "nothing")],
  [{ ...grace(undefined), ...shutdown("--shutdown-timeout", "16") }, bound("31 s: 15 s of preStop and 16 s of shutdown", "nothing")],
  [{ ...grace(65), ...shutdown("--shutdown-timeout=90") }, bound("105 s: 15 s of preStop and 90 s of shutdown", 65)],
  [{ ...grace(65), [`${server}.command`]: ["vllm", "--shutdown-timeout", "60"] }, bound("75 s: 15 s of preStop and 60 s of shutdown", 65)],
  [
    { ...grace(65), ...preStop({ exec: { command: ["sleep", "70"] } }), ...shutdown() },
    bound("70 s: 70 s of preStop and 0 s of shutdown", 65),
  ],
  [{ ...grace(65), ...preStop({ sleep: { seconds: 66 } }), ...shutdown() }, bound("66 s: 66 s of preStop and 0 s of shutdown", 65)],
  [preStop(undefined), noPreStop("vllm")],
])("refuses %o", (change, message) => expect(violations(change)).toEqual([message]));

it("looks at every container that runs as long as its pod, and at no other", () => {
  const slow = { name: "slow", lifecycle: { preStop: { sleep: { seconds: 100 } } } };
  const change = { ...grace(65), [`${pod}.initContainers`]: [slow, { ...slow, name: "proxy", restartPolicy: "Always" }] };
  expect(violations(change)).toEqual([bound("100 s: 100 s of preStop and 0 s of shutdown", 65, "proxy")]);
});

it.each([
  ["a job", { [`${pod}.restartPolicy`]: "OnFailure" }],
  ["a server of something else", { "spec.template.metadata.labels": { "app.kubernetes.io/name": "grafana" } }],
])("asks no hook of %s", (_, change) => expect(violations({ ...change, ...preStop(undefined) })).toEqual([]));
