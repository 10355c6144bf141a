import { expect, it } from "vitest";

import { restrictedNamespace } from "../../../policies/restricted-namespace";
import { changed, namespace } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const label = "pod-security.kubernetes.io/enforce";
const judged = (value: string | undefined) =>
  judge(restrictedNamespace, [changed(namespace, "slm", { "metadata.labels": value === undefined ? {} : { [label]: value } })]);

it("accepts a namespace that enforces the restricted level", () => expect(judged("restricted")).toEqual([]));

it.each([
  ["privileged", 'slm: metadata.labels[pod-security.kubernetes.io/enforce]: must be "restricted", got "privileged"; set the label'],
  [undefined, 'slm: metadata.labels[pod-security.kubernetes.io/enforce]: must be "restricted", got nothing; set the label'],
])("refuses %s", (value, message) => expect(judged(value)).toEqual([message]));
