import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";

import type { AzureContext } from "../components/cluster/azure-context";
import type { ContainerRegistry } from "../components/registry/container-registry";
import { registryPassword } from "../components/registry/registry-login";
import type { serverImage } from "../components/registry/server-image";
import type { AzureSettings } from "./azure-config";
import { fromRoot } from "./environment";
import { ownImages } from "./image-names";

/** Builds images of this repository and pushes them to the environment's registry; returns their references by digest, by name. */
export function buildImages(
  names: readonly string[],
  { armEndpoint }: AzureSettings,
  { tenantId }: AzureContext,
  { loginServer }: ContainerRegistry,
): Record<string, pulumi.Output<string>> {
  if (names.length === 0) return {};
  // Loaded here, because an environment that builds nothing needs neither the SDK nor its plugin.
  const build: typeof serverImage = require("../components/registry/server-image").serverImage;
  const token = async () => (await azure.authorization.getClientToken({ endpoint: armEndpoint.replace(/\/$/, "") })).token;
  const registry = { loginServer, password: registryPassword(loginServer, tenantId, token) };
  return Object.fromEntries(
    names.map((name) => {
      const { folder, buildArgs } = ownImages[name]!;
      return [name, build(name, { folder: fromRoot(folder), repository: `slm/${name}`, buildArgs, registry }, {})];
    }),
  );
}
