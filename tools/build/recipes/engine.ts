import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { repoRoot } from "../../lib/paths";
import { type GoModule, goBuild } from "../go";
import type { Recipe } from "../recipe";
import { compiled, moduleFolder } from "./compiled";

/** Version of the npm package `@pulumi/kubernetes`: the engine asks the provider for the same one. */
export const kubernetesSdk: string = JSON.parse(readFileSync(path.join(repoRoot, "package.json"), "utf8")).dependencies[
  "@pulumi/kubernetes"
];

/** The Pulumi CLI. Its version is the one of go.mod. */
export const pulumi = compiled(
  { name: "pulumi", version: "3.274.1", diskMib: 4000, expectedSeconds: 130 },
  {
    module: "pulumi",
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    set: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.274.1"],
  },
);

/** Programs in YAML, and SDKs of a package schema for other languages. */
export const pulumiYaml = compiled(
  { name: "pulumi-yaml", version: "1.25.0", diskMib: 2500, expectedSeconds: 90 },
  { module: "pulumi-yaml", packages: ["github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", "./sdk"] },
);

const provider: GoModule = { module: "provider-kubernetes", packages: ["."], set: [`main.version=${kubernetesSdk}`] };

/** The Kubernetes provider of Pulumi; schema and mapping are data files of its module. */
export const kubernetesProvider: Recipe = {
  ...compiled({ name: "provider-kubernetes", version: kubernetesSdk, diskMib: 5000, expectedSeconds: 260 }, provider),
  async build(into, report) {
    const overlay = path.join(into, "overlay.json");
    const source = path.join(
      await moduleFolder(provider.module, "github.com/pulumi/pulumi-kubernetes/provider/v4"),
      "cmd/pulumi-resource-kubernetes",
    );
    const here = path.join(repoRoot, "tools/go", provider.module);
    const replace = Object.fromEntries(
      ["schema.json", "terraform-mapping.json"].map((file) => [path.join(here, file), path.join(source, file)]),
    );
    writeFileSync(overlay, JSON.stringify({ Replace: replace }));
    await goBuild({ ...provider, env: { GOFLAGS: `-mod=readonly -buildvcs=false -overlay=${overlay}` } }, into, report);
    rmSync(overlay);
    renameSync(path.join(into, provider.module), path.join(into, "pulumi-resource-kubernetes")); // the name that the engine looks for
  },
};
