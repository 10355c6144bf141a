import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint, repoRoot } from "../../lib/paths";
import { type GoModule, goBuild } from "../go";
import { debian } from "../packages";
import type { Recipe } from "../recipe";
import { compiled } from "./compiled";

/** Version of the npm package `@pulumi/docker`: the engine asks the provider for the same one. */
export const dockerSdk: string = JSON.parse(readFileSync(path.join(repoRoot, "package.json"), "utf8")).dependencies["@pulumi/docker"];

const provider: GoModule = {
  module: "provider-docker",
  packages: ["."],
  set: [`main.version=${dockerSdk}`],
};
const tags = "-mod=readonly -buildvcs=false -tags=no_compose";
const binary = "pulumi-resource-docker";

/**
 * The Docker provider of Pulumi, whose own module cannot be fetched: Terraform's provider behind Pulumi's bridge. It is linked twice, since the
 * first build prints the schema that the second one embeds.
 */
export const dockerProvider: Recipe = {
  ...compiled({ name: "provider-docker", version: dockerSdk, diskMib: 3000, expectedSeconds: 320 }, provider),
  async build(into, report) {
    const overlay = path.join(into, "overlay.json");
    const schema = path.join(into, "schema.json");
    const place = path.join(repoRoot, "tools/go", provider.module, "schema.json");
    writeFileSync(overlay, JSON.stringify({ Replace: { [place]: schema } }));
    const env = { GOFLAGS: `${tags} -overlay=${overlay}` };
    writeFileSync(schema, "{}");
    await goBuild({ ...provider, env }, into, report);
    report("writing the schema");
    const { stdout } = await execa(path.join(into, binary), ["--schema"], { maxBuffer: 64 * 2 ** 20 });
    writeFileSync(schema, stdout);
    await goBuild({ ...provider, env }, into, report);
    for (const left of [overlay, schema]) rmSync(left);
    if (!existsSync(path.join(into, binary))) throw new Error(`${provider.module}: the build left no ${binary}`);
  },
};

const packages = ["docker.io", "containerd", "runc", "tini", "libdevmapper1.02.1"];

/** Docker's engine and its client, unpacked and not installed. */
export const debianDocker: Recipe = {
  name: "debian-docker",
  version: process.arch,
  inputs: fingerprint(readFileSync("/etc/os-release"), ...packages),
  diskMib: 600,
  expectedSeconds: 20,
  async build(into, report) {
    report("fetching and unpacking");
    await debian(packages, into);
  },
};
