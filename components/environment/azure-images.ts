import path from "node:path";

import * as azure from "@pulumi/azure-native";
import type * as pulumi from "@pulumi/pulumi";
import type { AzureSettings } from "../../lib/environment/azure-config";
import { ownImages } from "../../lib/environment/image-names";
import type { AzureContext } from "../cluster/azure-context";
import type { ContainerRegistry } from "../registry/container-registry";
import { registryPassword } from "../registry/registry-login";
import type { serverImage } from "../registry/server-image";

/** Folder that holds `images/`: the checkout, or the package. */
const root = path.resolve(__dirname, "../..");

/** Builds images of this repository and pushes them to the environment's registry; returns their references by digest, by name. */
export function buildImages(
  names: readonly string[],
  { armEndpoint }: AzureSettings,
  { tenantId }: AzureContext,
  { loginServer }: ContainerRegistry,
  own: pulumi.ResourceOptions = {},
): Record<string, pulumi.Output<string>> {
  if (names.length === 0) return {};
  // Loaded here, because an environment that builds nothing needs neither the SDK nor its plugin.
  const build: typeof serverImage = require("../registry/server-image").serverImage;
  const token = async () => (await azure.authorization.getClientToken({ endpoint: armEndpoint.replace(/\/$/, "") })).token;
  const registry = { loginServer, password: registryPassword(loginServer, tenantId, token) };
  return Object.fromEntries(
    names.map((name) => {
      const { folder, buildArgs } = ownImages[name]!;
      return [name, build(name, { folder: path.resolve(root, folder), repository: `slm/${name}`, buildArgs, registry }, own)];
    }),
  );
}
