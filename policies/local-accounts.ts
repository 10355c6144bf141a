import type { Fault } from "../lib/planner/fault";
import { azure } from "./lib/azure";
import { resourceRule } from "./lib/rule";

interface Accounts {
  readonly disableLocalAccounts?: boolean;
  readonly aadProfile?: { readonly managed?: boolean };
}

/** A local account is one certificate for everybody: it has all rights, names nobody, and ends only when all certificates are rotated. */
export const localAccounts = resourceRule({
  name: "local-accounts",
  description: "Clusters are entered by accounts of Entra ID, and by no certificate of their own.",
  severity: "high",
  check({ type, props }) {
    if (type !== azure.cluster) return [];
    const { disableLocalAccounts, aadProfile } = props as Accounts;
    return [
      ...isTrue("disableLocalAccounts", disableLocalAccounts, "set it; certificates that were given out are rotated afterwards"),
      ...isTrue("aadProfile.managed", aadProfile?.managed, "set it: without Entra ID, nobody enters a cluster without local accounts"),
    ];
  },
});

const isTrue = (path: string, value: boolean | undefined, fix: string): Fault[] =>
  value === true ? [] : [{ path, value, bound: "must be true", fix }];
