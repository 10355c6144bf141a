import { expect, it } from "vitest";

import { protectedResources } from "../../../policies/protected-resources";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, gpuPool, registry, vault } from "../../support/policies/fixtures";

it("accepts what is protected, and what is soon made again", () => {
  const cpuPool = changed(gpuPool, "cpu", { vmSize: "Standard_D4s_v5" }, { protect: false });
  const open = changed(registry, "acr", {}, { protect: false });
  expect(evaluate(protectedResources, [cluster, gpuPool, vault, open, cpuPool])).toEqual([]);
});

it.each([cluster, gpuPool, vault])("refuses to leave $name open to deletion", (resource) => {
  expect(evaluate(protectedResources, [changed(resource, "it", {}, { protect: false })])).toEqual([
    "it: protect: must be true, got false; set the resource option protect",
  ]);
});

it("refuses a pool of a size that the table lacks, by its family", () => {
  expect(evaluate(protectedResources, [changed(gpuPool, "it", { vmSize: "Standard_NX_future" }, { protect: false })])).toHaveLength(1);
});
