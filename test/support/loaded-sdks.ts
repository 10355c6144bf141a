import { readFileSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

import { repoRoot } from "../../tools/lib/paths";
import { mockPulumi, registered } from "./mocks";

/** Runs the program for the lab's environment, and prints the SDKs that it loaded and the types that it made. A process of its own. */
async function main(): Promise<void> {
  const { config } = parse(readFileSync(path.join(repoRoot, "stacks/Pulumi.lab.yaml"), "utf8"));
  const settings = Object.entries({ ...config, "slm:images": "stacks/images.json" });
  pulumi.runtime.setAllConfig(
    Object.fromEntries(settings.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)])),
  );
  await mockPulumi();
  require(path.join(repoRoot, "stacks/index")); // it runs when it is loaded, as under the engine
  await pulumi.runtime.disconnect();
  const packages = Object.keys(require.cache).flatMap((file) => /node_modules\/(@pulumi\/[\w-]+)\//.exec(file)?.[1] ?? []);
  const types = registered.map(({ type }) => type).filter((type) => type.startsWith("kubernetes:"));
  process.stdout.write(`\n${JSON.stringify({ packages: [...new Set(packages)].toSorted(), types: [...new Set(types)].toSorted() })}\n`);
}

void main();
