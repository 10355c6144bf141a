import { copyFileSync } from "node:fs";
import path from "node:path";

import type { Recipe } from "../recipe";
import { compiled, moduleFolder } from "./compiled";

const parser = compiled({ name: "cilium", version: "1.18.0", diskMib: 900, expectedSeconds: 90 }, { module: "cilium", packages: ["."] });

/** Cilium's own parser of its network policies, as a command, and their kind as Cilium's project tells a cluster of it. */
export const cilium: Recipe = {
  ...parser,
  async build(into, report) {
    await parser.build(into, report);
    const folder = path.join(await moduleFolder("cilium", "github.com/cilium/cilium"), "pkg/k8s/apis/cilium.io/client/crds/v2");
    copyFileSync(path.join(folder, "ciliumnetworkpolicies.yaml"), path.join(into, "ciliumnetworkpolicies.yaml"));
  },
};
