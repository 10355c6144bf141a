import { expect, it } from "vitest";

import { allowedRegion } from "../../../policies/allowed-region";
import { changed, service, vault } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (location: string | undefined, regions?: string[]) =>
  judge(allowedRegion, [changed(vault, "kv", { location })], regions ? { regions } : {});

it.each([
  ["eastus", undefined],
  ["swedencentral", undefined],
  ["East US 2", ["eastus2"]],
  ["global", ["eastus2"]],
  [undefined, ["eastus2"]],
])("accepts %s", (location, regions) => expect(judged(location, regions)).toEqual([]));

it("leaves alone what is not Azure's", () => {
  expect(judge(allowedRegion, [changed(service, "chat", { location: "mars" })])).toEqual([]);
  const classic = { ...changed(vault, "kv", { location: "mars" }), type: "azure:keyvault/keyVault:KeyVault" }; // known-types refuses it
  expect(judge(allowedRegion, [classic])).toEqual([]);
});

it.each([
  ["East US", ["westeurope", "swedencentral"], "westeurope or swedencentral"],
  ["eastus2", ["eastus"], "eastus"],
])("refuses %s where %o are allowed", (location, regions, bound) =>
  expect(judged(location, regions)).toEqual([
    `kv: location: must be ${bound}, got "${location}"; move it, or allow its region in the environment`,
  ]),
);

it("refuses a region without a known price, where none is named", () => expect(judged("chinanorth3")).toHaveLength(1));
