import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it } from "vitest";

import { naming, ownOwner } from "../../../stacks/ownership";
import { mockPulumi, registered, settled } from "../../support/mocks";

beforeAll(mockPulumi);
const opts = { transformations: [naming("slm/mine")] };

async function metadataOf(name: string, metadata?: pulumi.Input<object>): Promise<unknown> {
  await settled(new k8s.core.v1.ConfigMap(name, metadata === undefined ? {} : { metadata: metadata as never }, opts).urn);
  return registered.find((each) => each.name === name)!.inputs.metadata;
}
const owner = { "slm-stack/stack": "slm/mine" };

it("every object names its stack beside what it says already, however that is given", async () => {
  expect(await metadataOf("none")).toEqual({ annotations: owner });
  expect(await metadataOf("plain", { name: "a", annotations: { "pulumi.com/skipAwait": "true" } })).toEqual({
    name: "a",
    annotations: { "pulumi.com/skipAwait": "true", ...owner },
  });
  expect(await metadataOf("output", pulumi.output({ name: "b" }))).toEqual({ name: "b", annotations: owner });
  expect(await metadataOf("promised", Promise.resolve({ annotations: pulumi.output({ x: "y" }) }))).toEqual({
    annotations: { x: "y", ...owner },
  });
});

it("what is no single object keeps its arguments", async () => {
  await settled(new k8s.Provider("cluster", { context: "mine" }, opts).urn);
  await settled(new k8s.helm.v3.Release("release", { chart: "x" }, opts).urn);
  expect(registered.find(({ name }) => name === "cluster")!.inputs).not.toHaveProperty("metadata");
  expect(registered.find(({ name }) => name === "release")!.inputs).toEqual(expect.not.objectContaining({ metadata: expect.anything() }));
});

it("the stack that runs is named by its project and itself", () => expect(ownOwner()).toBe("slm/test"));
