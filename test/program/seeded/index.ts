import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Fixture } from "../../support/policies/fixtures";
import { clean, seeds } from "../../support/policies/seeds";

/**
 * Stands in for a resource of azure-native, whose plugin cannot be had here: a component with the resource's type token, inputs and options.
 * The engine hands it to the pack as it hands any resource. It does not prove that Azure, or its plugin, would take the inputs.
 */
class AzureStandIn extends pulumi.ComponentResource {
  constructor({ type, name, props }: Fixture, opts: pulumi.ComponentResourceOptions) {
    super(type, name, props, opts);
    this.registerOutputs(props);
  }
}

/** Any Kubernetes object, by its type token. */
class KubernetesObject extends pulumi.CustomResource {}

// No cluster is asked: the provider would write manifests to a folder, and a preview does not even do that.
const provider = new k8s.Provider("cluster", { renderYamlToDirectory: "rendered" });
const made = new Map<string, pulumi.Resource>();

function register(fixture: Fixture): void {
  const { type, name, props, opts } = fixture;
  const { protect = false, ignoreChanges = [], createSeconds, dependsOn = [] } = opts;
  const shared = { protect, ignoreChanges: [...ignoreChanges], dependsOn: dependsOn.flatMap((before) => made.get(before) ?? []) };
  const timeouts = createSeconds === undefined ? {} : { customTimeouts: { create: `${createSeconds}s` } };
  const resource = type.startsWith("kubernetes:")
    ? new KubernetesObject(type, name, props, { ...shared, ...timeouts, provider })
    : new AzureStandIn(fixture, shared);
  made.set(name, resource);
}

const wanted = new pulumi.Config().require("resources");
for (const fixture of wanted === "clean" ? clean : [...clean, ...Object.values(seeds).flat()]) register(fixture);
