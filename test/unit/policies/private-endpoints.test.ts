import { expect, it } from "vitest";

import { privateEndpoints } from "../../../policies/private-endpoints";
import { changed, cluster, registry, vault } from "../../support/policies/fixtures";
import { judge } from "../../support/policies/judge";

const closed = 'must be "Disabled"';
const add = "set it, and add a private endpoint";

it("accepts what the internet does not reach", () => {
  const lower = changed(vault, "kv", { "properties.publicNetworkAccess": "disabled" });
  expect(judge(privateEndpoints, [cluster, registry, vault, lower])).toEqual([]);
});

it.each([
  [
    changed(vault, "kv", { "properties.publicNetworkAccess": "Enabled" }),
    `kv: properties.publicNetworkAccess: ${closed}, got "Enabled"; ${add}`,
  ],
  [
    changed(vault, "kv", { "properties.publicNetworkAccess": undefined }),
    `kv: properties.publicNetworkAccess: ${closed}, got nothing; ${add}`,
  ],
  [changed(registry, "acr", { publicNetworkAccess: "Enabled" }), `acr: publicNetworkAccess: ${closed}, got "Enabled"; ${add}`],
  [
    changed(registry, "acr", { anonymousPullEnabled: true }),
    "acr: anonymousPullEnabled: must be false, got true; give clients an identity with AcrPull",
  ],
  [
    changed(cluster, "aks", { apiServerAccessProfile: { authorizedIPRanges: ["192.0.2.0/24"] } }),
    "aks: apiServerAccessProfile.enablePrivateCluster: must be true, got nothing; set it, and run Pulumi where the cluster's network is reached",
  ],
])("refuses %o", (resource, message) => expect(judge(privateEndpoints, [resource])).toEqual([message]));
