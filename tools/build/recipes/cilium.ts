import { compiled } from "./compiled";

/** Cilium's own parser of its network policies, as a command. */
export const cilium = compiled(
  { name: "cilium", version: "1.18.0", diskMib: 900, expectedSeconds: 90 },
  { module: "cilium", packages: ["."] },
);
