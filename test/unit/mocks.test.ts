import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, it } from "vitest";

import { dependenciesOf, mockPulumi, optionsOf, registered, reset, secretInputsOf, settled } from "../support/mocks";

beforeAll(mockPulumi);
beforeEach(reset);

const map = (name: string, opts?: pulumi.CustomResourceOptions, data: Record<string, pulumi.Input<string>> = {}) =>
  new k8s.core.v1.ConfigMap(name, { data }, opts);

class Group extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("test:Group", name, {}, opts);
    map(`${name}-child`, { parent: this });
    this.registerOutputs();
  }
}

it("record no option where none was given, and none that the SDK adds", async () => {
  const deployment = new k8s.apps.v1.Deployment("plain", { spec: { selector: {}, template: {} } });
  await settled(deployment.urn);
  expect(optionsOf("plain")).toEqual({});
});

it("record every option that was given", async () => {
  const provider = new k8s.Provider("cluster", { kubeconfig: "x" });
  const group = new Group("group", { providers: [provider], protect: true });
  const first = map("first");
  const all = map("all", {
    parent: group,
    dependsOn: [first],
    protect: false,
    retainOnDelete: true,
    deleteBeforeReplace: false,
    ignoreChanges: ["data"],
    replaceOnChanges: ["metadata"],
    additionalSecretOutputs: ["data"],
    customTimeouts: { create: "5m" },
    aliases: [{ name: "old", parent: first }, { parent: pulumi.rootStackResource }, "urn:pulumi:test::slm::a:b:C::old"],
    deletedWith: first,
  });
  await settled(all.urn);
  expect(optionsOf("group", "test:Group")).toEqual({ providers: { kubernetes: "cluster" }, protect: true });
  expect(optionsOf("all")).toEqual({
    parent: "group",
    dependsOn: ["first"],
    provider: "cluster",
    retainOnDelete: true,
    deleteBeforeReplace: false,
    ignoreChanges: ["data"],
    replaceOnChanges: ["metadata"],
    additionalSecretOutputs: ["data"],
    customTimeouts: { create: "5m" },
    aliases: [{ name: "old", parent: "first" }, { noParent: true }, "urn:pulumi:test::slm::a:b:C::old"],
    deletedWith: "first",
  });
});

it("tell what was asked to come first from what an input needs", async () => {
  const group = new Group("group");
  const source = map("source");
  await settled(map("target", { dependsOn: [group, source] }, { id: source.id }).urn);
  expect(optionsOf("target")).toEqual({ dependsOn: ["group-child"] });
  expect(dependenciesOf("target")).toEqual(["group-child", "source"]);
});

it("find the secrets among the inputs", async () => {
  await settled(map("some", {}, { open: "a", closed: pulumi.secret("b") }).urn);
  expect(secretInputsOf("some")).toEqual(["data.closed"]);
});

it("forget on reset, and refuse a name that none or several have", async () => {
  await settled(map("one").urn);
  reset();
  expect(registered).toEqual([]);
  expect(() => optionsOf("one")).toThrow("expected one resource named one, found 0");
  const twins = [map("twin"), new k8s.core.v1.Secret("twin", {})];
  await Promise.all(twins.map(({ urn }) => settled(urn)));
  expect(() => optionsOf("twin")).toThrow("expected one resource named twin, found 2");
  expect(optionsOf("twin", "kubernetes:core/v1:Secret")).not.toHaveProperty("dependsOn");
});
