import { expect, it } from "vitest";

import { purgeProtection } from "../../../policies/purge-protection";
import { changed, vault } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (change: object) => judge(purgeProtection, [changed(vault, "kv", { ...change })]);
const fix = "set it; it cannot be taken back";

it("accepts a vault that can be recovered", () => expect(judged({})).toEqual([]));

it.each([
  [{ "properties.enablePurgeProtection": undefined }, `kv: properties.enablePurgeProtection: must be true, got nothing; ${fix}`],
  [{ "properties.enablePurgeProtection": false }, `kv: properties.enablePurgeProtection: must be true, got false; ${fix}`],
  [{ "properties.enableSoftDelete": false }, `kv: properties.enableSoftDelete: must be true, got false; ${fix}`],
])("refuses %o", (change, message) => expect(judged(change)).toEqual([message]));
