import { expect, it } from "vitest";

import { localAccounts } from "../../../policies/local-accounts";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, gpuPool } from "../../support/policies/fixtures";

const violations = (change: object) => evaluate(localAccounts, [changed(cluster, "aks", { ...change })]);
const local = (got: string) =>
  `aks: disableLocalAccounts: must be true, got ${got}; set it; certificates that were given out are rotated afterwards`;
const entra = (got: string) =>
  `aks: aadProfile.managed: must be true, got ${got}; set it: without Entra ID, nobody enters a cluster without local accounts`;

it("accepts a cluster with Entra ID alone, and what is no cluster", () => {
  expect(violations({})).toEqual([]);
  expect(evaluate(localAccounts, [gpuPool])).toEqual([]);
});

it.each([
  [{ disableLocalAccounts: undefined }, [local("nothing")]],
  [{ disableLocalAccounts: false }, [local("false")]],
  [{ "aadProfile.managed": false }, [entra("false")]],
  [{ aadProfile: undefined }, [entra("nothing")]],
])("refuses %o", (change, messages) => expect(violations(change)).toEqual(messages));
