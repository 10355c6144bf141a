import { expect, it } from "vitest";

import { labels } from "../../../policies/labels";
import { evaluate, remediate } from "../../support/policies/evaluate";
import { changed, configMap, deployment, namespace, service } from "../../support/policies/fixtures";

const name = "app.kubernetes.io/name";
const instance = "app.kubernetes.io/instance";
const missing = (resource: string, label: string, example: string) =>
  `${resource}: metadata.labels[${label}]: must be set, got nothing; set it, for example to "${example}"`;

it("accepts what carries its labels, and what need not", () => {
  expect(evaluate(labels, [deployment, service, configMap, namespace])).toEqual([]);
});

it.each([
  [
    "a workload without any",
    changed(deployment, "it", { "metadata.labels": {} }),
    [missing("it", name, "vllm"), missing("it", instance, "chat")],
  ],
  ["a workload without one", changed(deployment, "it", { "metadata.labels": { [name]: "x" } }), [missing("it", instance, "chat")]],
  [
    "a workload whose pods have none either",
    changed(deployment, "it", { "metadata.labels": undefined, "spec.template.metadata": undefined }),
    [missing("it", name, "chat-vllm"), missing("it", instance, "chat-vllm")],
  ],
  [
    "a Service without any",
    changed(service, "it", { "metadata.labels": undefined }),
    [missing("it", name, "chat"), missing("it", instance, "chat")],
  ],
  ["a Service without a name", changed(service, "it", { metadata: undefined }), [missing("it", name, "it"), missing("it", instance, "it")]],
])("refuses %s", (_, resource, messages) => expect(evaluate(labels, [resource])).toEqual(messages));

it("adds the labels of the pods, keeps those that are there, and touches no selector", () => {
  const bare = changed(deployment, "chat-server", { "metadata.labels": { extra: "1", [name]: "own" } });
  expect(remediate(labels, bare)).toEqual({
    ...bare.props,
    metadata: { name: "chat-vllm", namespace: "slm", labels: { extra: "1", [name]: "own", [instance]: "chat" } },
  });
  expect(remediate(labels, changed(service, "it", { metadata: undefined }))).toMatchObject({
    metadata: { labels: { [name]: "it", [instance]: "it" } },
  });
});

it.each([deployment, service, configMap])("leaves $name as it is", (resource) => expect(remediate(labels, resource)).toBeUndefined());
