import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import execa from "execa";

import { build } from "../build/recipe";
import { dockerProvider, dockerSdk, kubernetesProvider, kubernetesSdk, pulumi } from "../build/recipes";
import { cache, repoRoot } from "./paths";

/** Environment under which `pulumi` is run. */
export type EngineEnv = Record<string, string>;

/** The oldest CLI that runs this project; the same bound stands in Pulumi.yaml. */
const lowest = [3, 200] as const;

/** Plugins that can be built here, by name. */
const plugins = {
  kubernetes: { sdk: kubernetesSdk, recipe: kubernetesProvider },
  docker: { sdk: dockerSdk, recipe: dockerProvider },
};

/**
 * Finds the Pulumi engine: the user's own CLI and plugin where they fit, otherwise those built from their Go modules.
 * Returns the environment in which `pulumi` on PATH is the right one.
 */
export async function engine(plugin: keyof typeof plugins = "kubernetes"): Promise<EngineEnv> {
  const cli = await hasCli();
  const recipes = [...(cli ? [] : [pulumi]), ...(hasPlugin(plugin) ? [] : [plugins[plugin].recipe])];
  const folders = await build(recipes);
  const host = cli ? [] : [path.join(repoRoot, "tools/language-host")];
  return {
    PATH: [...host, ...folders, process.env["PATH"]].join(path.delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_SUPPRESS_NEO_LINK: "true",
    PULUMI_NODEJS_TRANSPILE_ONLY: "true", // `make check` has checked the types
    TS_NODE_CACHE_DIRECTORY: path.join(cache, "ts-node"), // by the hash of each file: the program and the pack are compiled once
    ...(folders.length > 0 ? { PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" } : {}),
  };
}

async function hasCli(): Promise<boolean> {
  const { stdout, failed } = await execa("pulumi", ["version"], { reject: false, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (failed || Number(major) !== lowest[0] || Number(minor) < lowest[1]) return false;
  return !(await execa("which", ["pulumi-language-nodejs"], { reject: false })).failed;
}

function hasPlugin(name: keyof typeof plugins): boolean {
  const home = process.env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
  return existsSync(path.join(home, "plugins", `resource-${name}-v${plugins[name].sdk}`));
}
