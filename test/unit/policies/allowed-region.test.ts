import { expect, it } from "vitest";

import { allowedRegion } from "../../../policies/allowed-region";
import { evaluate } from "../../support/policies/evaluate";
import { changed, service, vault } from "../../support/policies/fixtures";

const violations = (location: string | undefined, regions?: string[]) =>
  evaluate(allowedRegion, [changed(vault, "kv", { location })], regions ? { regions } : {});

it.each([
  ["eastus", undefined],
  ["swedencentral", undefined],
  ["East US 2", ["eastus2"]],
  ["global", ["eastus2"]],
  [undefined, ["eastus2"]],
])("accepts %s", (location, regions) => expect(violations(location, regions)).toEqual([]));

it("leaves alone what is not Azure's", () => {
  expect(evaluate(allowedRegion, [changed(service, "chat", { location: "mars" })])).toEqual([]);
  const classic = { ...changed(vault, "kv", { location: "mars" }), type: "azure:keyvault/keyVault:KeyVault" }; // known-types refuses it
  expect(evaluate(allowedRegion, [classic])).toEqual([]);
});

it.each([
  ["East US", ["westeurope", "swedencentral"], "westeurope or swedencentral"],
  ["eastus2", ["eastus"], "eastus"],
])("refuses %s where %o are allowed", (location, regions, bound) =>
  expect(violations(location, regions)).toEqual([
    `kv: location: must be ${bound}, got "${location}"; move it, or allow its region in the environment`,
  ]),
);

it("refuses a region without a known price, where none is named", () => expect(violations("chinanorth3")).toHaveLength(1));
