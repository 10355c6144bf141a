import { resourceRule } from "./lib/rule";

/** Where data lies is a promise to those whose data it is. */
export const allowedRegion = resourceRule({
  name: "allowed-region",
  description: "Azure resources lie in the allowed regions.",
  severity: "high",
  facts: ["regions"],
  check({ type, props }, { regions }) {
    if (!type.startsWith("azure-native:")) return [];
    const value = props["location"] as string | undefined;
    if (value === undefined || isAllowed(value, regions)) return [];
    return [{ path: "location", value, bound: `must be ${regions.join(" or ")}`, fix: "move it, or allow its region in the environment" }];
  },
});

/** Azure writes a region as `East US` or `eastus`; what has no region, such as a private DNS zone, lies in `global`. */
function isAllowed(location: string, regions: readonly string[]): boolean {
  const region = location.toLowerCase().replaceAll(" ", "");
  return region === "global" || regions.includes(region);
}
