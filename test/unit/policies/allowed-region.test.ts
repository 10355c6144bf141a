import { expect, it } from "vitest";

import { allowedRegion } from "../../../policies/allowed-region";
import { changed, service, vault } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const judged = (location: string | undefined, regions?: string[]) =>
  judge(allowedRegion, [changed(vault, "kv", { location })], regions ? { regions } : {});

it.each([
  ["eastus", undefined],
  ["East US 2", ["eastus2"]],
  ["global", ["eastus2"]],
  [undefined, ["eastus2"]],
])("accepts %s", (location, regions) => expect(judged(location, regions)).toEqual([]));

it("leaves alone what is not Azure's", () => {
  expect(judge(allowedRegion, [changed(service, "chat", { location: "mars" })])).toEqual([]);
});

it("refuses another region", () => {
  const fix = "move it, or allow its region in the environment";
  expect(judged("East US", ["westeurope", "swedencentral"])).toEqual([
    `kv: location: must be westeurope or swedencentral, got "East US"; ${fix}`,
  ]);
  expect(judged("chinanorth3")).toHaveLength(1);
});
