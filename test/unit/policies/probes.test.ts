import { expect, it } from "vitest";

import { probes } from "../../../policies/probes";
import { changed, deployment, pod, server } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object, base = deployment) => judge(probes, [changed(base, "chat", { ...change })]);
const at = "chat: spec.template.spec.containers[vllm]";
const other = { "spec.template.metadata.labels": { "app.kubernetes.io/name": "grafana" } };

it.each([
  [{}],
  [{ [`${server}.ports`]: [], [`${server}.startupProbe`]: undefined }],
  [{ ...other, [`${server}.startupProbe`]: undefined, [`${server}.livenessProbe`]: undefined }],
])("accepts %o", (change) => expect(judged(change)).toEqual([]));

it("asks no probe of a job", () => {
  expect(judged({ [`${server}.readinessProbe`]: undefined }, { ...deployment, type: "kubernetes:batch/v1:Job" })).toEqual([]);
});

it.each([
  [
    { [`${server}.startupProbe`]: undefined },
    `${at}.startupProbe: must be set on a model server, got nothing; give it the time of the cold start`,
  ],
  [
    { ...other, [`${server}.startupProbe`]: undefined },
    `${at}.startupProbe: must be set before a liveness probe counts, got nothing; give it the time of the cold start`,
  ],
  [
    { [`${server}.readinessProbe`]: undefined },
    `${at}.readinessProbe: must be set on a container with ports, got nothing; ask the endpoint that says it can serve`,
  ],
  [{ [`${server}.livenessProbe`]: undefined }, `${at}.livenessProbe: must be set on a model server, got nothing; ask its health endpoint`],
])("refuses %o", (change, message) => expect(judged(change)).toEqual([message]));

it("knows a model server without labels by its image", () => {
  expect(
    judged({ "spec.template.metadata.labels": {}, [`${server}.livenessProbe`]: undefined, [`${pod}.initContainers`]: [] }),
  ).toHaveLength(1);
});
