import { expect, it } from "vitest";

import { restrictedNamespace } from "../../../policies/restricted-namespace";
import { changed, namespace, service } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const label = "pod-security.kubernetes.io/enforce";
const judged = (labels: object | undefined) => judge(restrictedNamespace, [changed(namespace, "slm", { "metadata.labels": labels })]);
const refused = (got: string) =>
  `slm: metadata.labels[pod-security.kubernetes.io/enforce]: must be "restricted", got ${got}; set the label`;

it("accepts a namespace that enforces the restricted level, and what is none", () => {
  expect(judged({ [label]: "restricted" })).toEqual([]);
  expect(judge(restrictedNamespace, [namespace, changed(service, "it", { "metadata.labels": {} })])).toEqual([]);
});

it.each([
  [{ [label]: "privileged" }, refused('"privileged"')],
  [{ [label]: "baseline" }, refused('"baseline"')],
  [{ "pod-security.kubernetes.io/warn": "restricted" }, refused("nothing")],
  [undefined, refused("nothing")],
])("refuses %o", (labels, message) => expect(judged(labels)).toEqual([message]));
