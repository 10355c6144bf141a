import { expect, it } from "vitest";

import { probes } from "../../../policies/probes";
import { evaluate } from "../../support/policies/evaluate";
import { changed, deployment, ollama, pod, server, service } from "../../support/policies/fixtures";

const violations = (change: object, base = deployment) => evaluate(probes, [changed(base, "chat", { ...change })]);
const at = "chat: spec.template.spec.containers[vllm]";
const other = { "spec.template.metadata.labels": { "app.kubernetes.io/name": "grafana" } };
const without = (...names: string[]) => Object.fromEntries(names.map((name) => [`${server}.${name}`, undefined]));
const starts = (bound: string) => `${at}.startupProbe: must be set ${bound}, got nothing; give it the time of the cold start`;
const ready = `${at}.readinessProbe: must be set on a container with ports, got nothing; ask the endpoint that says it can serve`;
const alive = `${at}.livenessProbe: must be set on a model server, got nothing; ask its health endpoint`;

it.each([
  ["what the components make", {}],
  ["no probe without a port", { [`${server}.ports`]: [], ...without("startupProbe", "readinessProbe", "livenessProbe") }],
  ["readiness alone, of something else", { ...other, ...without("startupProbe", "livenessProbe") }],
])("accepts %s", (_, change) => expect(violations(change)).toEqual([]));

it("accepts Ollama, and what has no pods", () => expect(evaluate(probes, [ollama, service])).toEqual([]));

it.each([
  [without("startupProbe"), [starts("on a model server")]],
  [{ ...other, ...without("startupProbe") }, [starts("before a liveness probe counts")]],
  [without("readinessProbe"), [ready]],
  [{ ...other, ...without("readinessProbe") }, [ready]],
  [without("livenessProbe"), [alive]],
  [without("startupProbe", "readinessProbe", "livenessProbe"), [ready, starts("on a model server"), alive]],
])("refuses %o", (change, messages) => expect(violations(change)).toEqual(messages));

it.each([
  ["kubernetes:apps/v1:StatefulSet", 1],
  ["kubernetes:apps/v1beta2:Deployment", 1],
  ["kubernetes:apps/v1:DaemonSet", 0],
  ["kubernetes:batch/v1:Job", 0],
  ["kubernetes:core/v1:Pod", 0],
])("of a %s finds %i", (type, count) => {
  expect(violations(without("readinessProbe"), { ...deployment, type })).toHaveLength(count);
});

it("asks sidecars too, and no container that ends", () => {
  const proxy = { name: "proxy", ports: [{ containerPort: 1 }] };
  const change = { [`${pod}.initContainers`]: [proxy, { ...proxy, name: "sidecar", restartPolicy: "Always" }], ...other };
  expect(violations(change)).toEqual([ready.replace("containers[vllm]", "initContainers[sidecar]")]);
});
