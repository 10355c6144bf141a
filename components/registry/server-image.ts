import * as docker from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";

import { tokenUser } from "./registry-login";

/** Inputs of {@link serverImage}. */
export interface ServerImageArgs {
  /** Folder with the Dockerfile and all that it copies. What changes in it is built and pushed anew. */
  folder: string;
  /** Name in the registry. Another name leaves the old image where it is. */
  repository: string;
  /** Arguments of the Dockerfile. @default none */
  buildArgs?: Readonly<Record<string, string>>;
  /** The registry that it is pushed to, and whose nodes pull it. */
  registry: { loginServer: pulumi.Input<string>; password: pulumi.Input<string> };
}

/** Processors of the nodes: every VM size of this project's tables has them. */
const platform = "linux/amd64";

/** Writes the bill of materials: BuildKit's own choice, named so that it does not change with the builder (moby/buildkit, frontend/attestations/parse.go). */
const sbomGenerator = "generator=docker/buildkit-syft-scanner:stable-1";

/**
 * An image that is built from this repository and pushed; returns its reference by digest. The layers are cached in the registry, beside it.
 * docker-build has no setting for attestations: provenance is what buildx attaches of itself, and the bill of materials is asked for by an
 * argument that BuildKit knows. Both need a builder of the kind docker-container, kubernetes or remote, as docker-build itself does.
 */
export function serverImage(
  name: string,
  { folder, repository, buildArgs = {}, registry: { loginServer, password } }: ServerImageArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const at = pulumi.interpolate`${loginServer}/${repository}`;
  const cache = pulumi.interpolate`${at}:cache`;
  const image = new docker.Image(
    name,
    {
      context: { location: folder },
      platforms: [platform],
      buildArgs: { ...buildArgs, BUILDKIT_ATTEST_SBOM: sbomGenerator },
      tags: [pulumi.interpolate`${at}:current`],
      push: true,
      // It takes minutes, and what would come of it is only known by pushing.
      buildOnPreview: false,
      cacheFrom: [{ registry: { ref: cache } }],
      // Azure's registry keeps a cache only as an image manifest.
      cacheTo: [{ registry: { ref: cache, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } }],
      registries: [{ address: loginServer, username: tokenUser, password: pulumi.secret(password) }],
    },
    // Deleting it would take the password of the update that made it, which is no longer good; the image goes with the registry.
    { ...opts, retainOnDelete: true },
  );
  return pulumi.interpolate`${at}@${image.digest}`;
}
