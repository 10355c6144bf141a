import { expect, it } from "vitest";

import { protectedResources } from "../../../policies/protected-resources";
import { changed, cluster, gpuPool, registry, vault } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

it("accepts what is protected, and what is soon made again", () => {
  const cpuPool = changed(gpuPool, "cpu", { vmSize: "Standard_D4s_v5" }, { protect: false });
  const open = changed(registry, "acr", {}, { protect: false });
  expect(judge(protectedResources, [cluster, gpuPool, vault, open, cpuPool])).toEqual([]);
});

it.each([cluster, gpuPool, vault])("refuses to leave $name open to deletion", (resource) => {
  expect(judge(protectedResources, [changed(resource, "it", {}, { protect: false })])).toEqual([
    "it: protect: must be true, got false; set the resource option protect",
  ]);
});

it("refuses a pool of a size that the table lacks, by its family", () => {
  expect(judge(protectedResources, [changed(gpuPool, "it", { vmSize: "Standard_NX_future" }, { protect: false })])).toHaveLength(1);
});
