import { expect, it } from "vitest";

import { privateEndpoints } from "../../../policies/private-endpoints";
import { evaluate } from "../../support/policies/evaluate";
import { changed, cluster, deployment, gpuPool, registry, vault } from "../../support/policies/fixtures";

const closed = 'must be "Disabled"';
const add = "set it, and add a private endpoint";
const clusterFix = "set it, and run Pulumi where the cluster's network is reached";

it("accepts what the internet does not reach", () => {
  const upper = changed(vault, "kv", { "properties.publicNetworkAccess": "Disabled" });
  expect(evaluate(privateEndpoints, [cluster, registry, vault, upper, gpuPool, deployment])).toEqual([]);
});

it.each([
  [vault, { "properties.publicNetworkAccess": "Enabled" }, `it: properties.publicNetworkAccess: ${closed}, got "Enabled"; ${add}`],
  [vault, { "properties.publicNetworkAccess": undefined }, `it: properties.publicNetworkAccess: ${closed}, got nothing; ${add}`],
  [vault, { properties: undefined }, `it: properties.publicNetworkAccess: ${closed}, got nothing; ${add}`],
  [registry, { publicNetworkAccess: "Enabled" }, `it: publicNetworkAccess: ${closed}, got "Enabled"; ${add}`],
  [registry, { publicNetworkAccess: undefined }, `it: publicNetworkAccess: ${closed}, got nothing; ${add}`],
  [registry, { anonymousPullEnabled: true }, "it: anonymousPullEnabled: must be false, got true; give clients an identity with AcrPull"],
  [
    cluster,
    { apiServerAccessProfile: { authorizedIPRanges: ["192.0.2.0/24"] } },
    `it: apiServerAccessProfile.enablePrivateCluster: must be true, got nothing; ${clusterFix}`,
  ],
  [
    cluster,
    { "apiServerAccessProfile.enablePrivateCluster": false },
    `it: apiServerAccessProfile.enablePrivateCluster: must be true, got false; ${clusterFix}`,
  ],
  [
    cluster,
    { apiServerAccessProfile: undefined },
    `it: apiServerAccessProfile.enablePrivateCluster: must be true, got nothing; ${clusterFix}`,
  ],
])("refuses $name with %o", (base, change, message) =>
  expect(evaluate(privateEndpoints, [changed(base, "it", { ...change })])).toEqual([message]),
);
