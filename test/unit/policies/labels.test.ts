import { expect, it } from "vitest";

import { labels } from "../../../policies/labels";
import { changed, configMap, deployment, service } from "../../support/policies/fixtures";
import { judge, mend } from "../../support/policies/judge";

const name = "app.kubernetes.io/name";
const instance = "app.kubernetes.io/instance";

it("accepts what carries its labels, and what need not", () => expect(judge(labels, [deployment, service, configMap])).toEqual([]));

it("refuses what nobody finds", () => {
  expect(
    judge(labels, [
      changed(deployment, "chat-server", { "metadata.labels": {} }),
      changed(service, "chat-service", { metadata: undefined }),
    ]),
  ).toEqual([
    'chat-server: metadata.labels[app.kubernetes.io/name]: must be set, got nothing; set it, for example to "vllm"',
    'chat-server: metadata.labels[app.kubernetes.io/instance]: must be set, got nothing; set it, for example to "chat"',
    'chat-service: metadata.labels[app.kubernetes.io/name]: must be set, got nothing; set it, for example to "chat-service"',
    'chat-service: metadata.labels[app.kubernetes.io/instance]: must be set, got nothing; set it, for example to "chat-service"',
  ]);
});

it("adds the labels of the pods, and touches no selector", () => {
  const bare = changed(deployment, "chat-server", { "metadata.labels": { extra: "1" } });
  expect(mend(labels, bare)).toEqual({
    ...bare.props,
    metadata: { name: "chat", namespace: "slm", labels: { extra: "1", [name]: "vllm", [instance]: "chat" } },
  });
  expect(mend(labels, deployment)).toBeUndefined();
});
