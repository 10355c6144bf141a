import { expect, it } from "vitest";

import { taggable } from "../../../policies/lib/azure";
import { tags } from "../../../policies/tags";
import { evaluate, remediate } from "../../support/policies/evaluate";
import { changed, gpuPool, service, vault } from "../../support/policies/fixtures";

const missing = (tag: string, example: string) => `kv: tags.${tag}: must be set, got nothing; set it, for example to "${example}"`;

it("accepts what carries its tags, and what takes none", () => {
  const subnet = { ...changed(vault, "subnet", { tags: undefined }), type: "azure-native:network:Subnet" };
  expect(evaluate(tags, [vault, gpuPool, service, subnet], { tags: { owner: "team-a" } })).toEqual([]);
});

it.each([...taggable])("looks at %s, in any version of its API", (type) => {
  const [provider, module, kind] = type.split(":");
  for (const token of [type, `${provider}:${module}/v20250101:${kind}`])
    expect(evaluate(tags, [{ ...changed(vault, "kv", { tags: undefined }), type: token }])).toEqual([
      missing("environment", "seeded"),
      missing("managed-by", "pulumi"),
    ]);
});

it("knows these types that take tags", () => {
  expect([...taggable].map((type) => type.replace("azure-native:", ""))).toEqual([
    "alertsmanagement:PrometheusRuleGroup",
    "containerregistry:Registry",
    "containerservice:AgentPool",
    "containerservice:ManagedCluster",
    "dashboard:Grafana",
    "keyvault:Secret",
    "keyvault:Vault",
    "managedidentity:UserAssignedIdentity",
    "monitor:AzureMonitorWorkspace",
    "monitor:DataCollectionEndpoint",
    "monitor:DataCollectionRule",
    "network:NatGateway",
    "network:PrivateEndpoint",
    "network:VirtualNetwork",
    "operationalinsights:Workspace",
    "privatedns:PrivateZone",
    "resources:ResourceGroup",
    "storage:StorageAccount",
  ]);
});

it("refuses a resource without them, and says what they could be", () => {
  const bare = changed(vault, "kv", { tags: { "managed-by": "hand" } });
  expect(evaluate(tags, [bare], { tags: { owner: "team-a" } })).toEqual([missing("environment", "seeded"), missing("owner", "team-a")]);
});

it("adds those that lack and keeps those that are there", () => {
  const bare = changed(vault, "kv", { tags: { "managed-by": "hand", extra: "1" } });
  expect(remediate(tags, bare, { tags: { owner: "team-a" } })).toEqual({
    ...bare.props,
    tags: { "managed-by": "hand", extra: "1", environment: "seeded", owner: "team-a" },
  });
  const none = changed(vault, "kv", { tags: undefined });
  expect(remediate(tags, none)).toEqual({ ...none.props, tags: { environment: "seeded", "managed-by": "pulumi" } });
});

it.each([vault, service])("leaves $name as it is", (resource) => expect(remediate(tags, resource)).toBeUndefined());
