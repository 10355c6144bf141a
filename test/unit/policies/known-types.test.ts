import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect, it } from "vitest";

import { knownTypes } from "../../../policies/known-types";
import { azureTypes } from "../../../policies/lib/azure";
import { repoRoot } from "../../../tools/lib/paths";
import { evaluate } from "../../support/policies/evaluate";
import { cluster, configMap, deployment, gateway, gpuPool, keys } from "../../support/policies/fixtures";

const violations = (type: string, props: Record<string, unknown> = {}) => evaluate(knownTypes, [{ type, name: "it", props, opts: {} }]);
const unknown = (shown: string) =>
  `it: type: must be one that the rules know, since none of them looks at others, got "${shown}"; use a component of this project, or exempt the resource with the reason`;

it("accepts what the components make, components themselves, and what is no part of a cloud", () => {
  expect(evaluate(knownTypes, [cluster, gpuPool, deployment, configMap, gateway, keys])).toEqual([]);
});

it.each([
  ["azure-native:keyvault/v20230701:Vault"],
  ["azure-native_keyvault_v20230701:keyvault:Vault"],
  ["azure-native_containerservice_v20250101:containerservice/v20250101:ManagedCluster"],
  ["slm:cluster:AksCluster"],
  ["pulumi:pulumi:Stack"],
  ["pulumi:providers:azure-native"],
  ["docker-build:index:Image"],
  ["random:index/randomPassword:RandomPassword"],
  ["awsome:index:Thing"],
  ["kubernetes:helm.sh/v4:Chart"],
  ["kubernetes:acme.dev/v1:Release"],
  ["kubernetes:acme.dev/v1:AllowList"],
])("accepts %s", (type) => expect(violations(type)).toEqual([]));

it.each([
  ["azure-native:compute:VirtualMachine", "azure-native:compute:VirtualMachine"],
  ["azure-native:compute/v20240301:VirtualMachine", "azure-native:compute:VirtualMachine"],
  ["azure-native:storage:StorageAccount", "azure-native:storage:StorageAccount"],
  ["azure:containerservice/kubernetesCluster:KubernetesCluster", "azure:containerservice/kubernetesCluster:KubernetesCluster"],
  ["azuread:index/application:Application", "azuread:index/application:Application"],
  ["aws:ec2/instance:Instance", "aws:ec2/instance:Instance"],
  ["aws-native:ec2:Instance", "aws-native:ec2:Instance"],
  ["gcp:compute/instance:Instance", "gcp:compute/instance:Instance"],
  ["google-native:compute/v1:Instance", "google-native:compute/v1:Instance"],
])("refuses %s", (type, shown) => expect(violations(type)).toEqual([unknown(shown)]));

it.each([
  "azure",
  "azuread",
  "aws",
  "gcp",
  "google",
  "alicloud",
  "oci",
  "digitalocean",
  "hcloud",
  "linode",
  "vultr",
  "openstack",
  "scaleway",
  "ovh",
])("refuses what the provider %s makes, with and without a suffix", (provider) => {
  for (const type of [`${provider}:x:Y`, `${provider}-native2:x:Y`, `${provider}_gen:x:Y`])
    expect(violations(type)).toEqual([unknown(type)]);
  expect(violations(`my${provider}:x:Y`)).toEqual([]);
});

it.each([
  [
    "kubernetes:helm.sh/v3:Release",
    {},
    'it: type: must not hide its objects from the rules, got "kubernetes:helm.sh/v3:Release"; use kubernetes.helm.v4.Chart, which shows them',
  ],
  [
    "kubernetes:apps/v1:DeploymentPatch",
    {},
    'it: type: must not change a part of an object that the rules do not see, got "kubernetes:apps/v1:DeploymentPatch"; declare the object',
  ],
  [
    "kubernetes:apps/v1:DeploymentList",
    { items: [] },
    'it: type: must be one object, got "kubernetes:apps/v1:DeploymentList"; declare each object by itself',
  ],
])("refuses %s, whose objects it does not see", (type, props, message) => expect(violations(type, props)).toEqual([message]));

it("knows every type of azure-native that a component makes, and no other", () => {
  const sources = ["components", "stacks"].flatMap((folder) =>
    readdirSync(path.join(repoRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFileSync(path.join(repoRoot, folder, file), "utf8")),
  );
  const made = sources.flatMap((text) =>
    [...text.matchAll(/new azure\.(\w+)\.(\w+)\(/g)].map(([, module, kind]) => `azure-native:${module}:${kind}`),
  );
  expect([...azureTypes].toSorted()).toEqual([...new Set(made)].toSorted());
});
