import { expect, it } from "vitest";

import { purgeProtection } from "../../../policies/purge-protection";
import { evaluate } from "../../support/policies/evaluate";
import { changed, registry, vault } from "../../support/policies/fixtures";

const violations = (change: object) => evaluate(purgeProtection, [changed(vault, "kv", { ...change })]);
const refused = (field: string, got: string) => `kv: properties.${field}: must be true, got ${got}; set it; it cannot be taken back`;

it("accepts a vault that can be recovered, and what is no vault", () => {
  expect(violations({})).toEqual([]);
  expect(violations({ "properties.enableSoftDelete": undefined })).toEqual([]); // Azure's default
  expect(evaluate(purgeProtection, [registry])).toEqual([]);
});

it.each([
  [{ "properties.enablePurgeProtection": undefined }, [refused("enablePurgeProtection", "nothing")]],
  [{ "properties.enablePurgeProtection": false }, [refused("enablePurgeProtection", "false")]],
  [{ "properties.enableSoftDelete": false }, [refused("enableSoftDelete", "false")]],
  [{ properties: undefined }, [refused("enablePurgeProtection", "nothing")]],
])("refuses %o", (change, messages) => expect(violations(change)).toEqual(messages));
