import { expect, it } from "vitest";

import { restrictedNamespace } from "../../../policies/restricted-namespace";
import { evaluate } from "../../support/policies/evaluate";
import { changed, namespace, service } from "../../support/policies/fixtures";

const label = "pod-security.kubernetes.io/enforce";
const violations = (labels: object | undefined) =>
  evaluate(restrictedNamespace, [changed(namespace, "slm", { "metadata.labels": labels })]);
const refused = (got: string) =>
  `slm: metadata.labels[pod-security.kubernetes.io/enforce]: must be "restricted", got ${got}; set the label`;

it("accepts a namespace that enforces the restricted level, and what is none", () => {
  expect(violations({ [label]: "restricted" })).toEqual([]);
  expect(evaluate(restrictedNamespace, [namespace, changed(service, "it", { "metadata.labels": {} })])).toEqual([]);
});

it.each([
  [{ [label]: "privileged" }, refused('"privileged"')],
  [{ [label]: "baseline" }, refused('"baseline"')],
  [{ "pod-security.kubernetes.io/warn": "restricted" }, refused("nothing")],
  [undefined, refused("nothing")],
])("refuses %o", (labels, message) => expect(violations(labels)).toEqual([message]));
