import { expect, it } from "vitest";

import { drain } from "../../../policies/drain";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(drain, [changed(deployment, "chat", { ...change })]);
const grace = "chat: spec.template.spec.terminationGracePeriodSeconds";
const fix = "raise it, or shorten the others";

it.each([
  [{}],
  [{ [`${pod}.terminationGracePeriodSeconds`]: 60 }],
  [{ [`${server}.lifecycle.preStop`]: { exec: { command: ["/bin/sh", "-c", "sleep 20"] } } }],
])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it.each([
  [
    { [`${pod}.terminationGracePeriodSeconds`]: 59 },
    `${grace}: must be at least 60 s: 15 s of preStop and 45 s of shutdown in container vllm, got 59; ${fix}`,
  ],
  [
    { [`${pod}.terminationGracePeriodSeconds`]: undefined },
    `${grace}: must be at least 60 s: 15 s of preStop and 45 s of shutdown in container vllm, got nothing; ${fix}`,
  ],
  [
    { [`${server}.args`]: ["--shutdown-timeout=90"] },
    `${grace}: must be at least 105 s: 15 s of preStop and 90 s of shutdown in container vllm, got 65; ${fix}`,
  ],
  [
    { [`${server}.lifecycle.preStop`]: { exec: { command: ["sleep", "70"] } }, [`${server}.args`]: [] },
    `${grace}: must be at least 70 s: 70 s of preStop and 0 s of shutdown in container vllm, got 65; ${fix}`,
  ],
  [
    { [`${server}.lifecycle`]: undefined },
    "chat: spec.template.spec.containers[vllm].lifecycle.preStop: must be set on a model server, which otherwise stops while clients still find it, got nothing; sleep for the seconds that endpoints take to be withdrawn",
  ],
])("refuses %o", (change, message) => expect(judged(change)).toEqual([message]));
