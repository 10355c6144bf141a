import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

import { byDigest, labelList, labelsOf, prefixOf, type Role } from "./names";

/** Where a container of an environment belongs. */
export interface Belongs {
  readonly environment: string;
  readonly role: Role;
  readonly model?: string;
}

/** A volume as a container sees it. */
export interface Mount {
  readonly volumeName: pulumi.Input<string>;
  readonly containerPath: string;
  readonly readOnly: boolean;
}

/** What differs between containers; all else is the same for each, and strict. */
export interface ContainerSettings {
  readonly belongs: Belongs;
  /** What its name ends with. */
  readonly suffix: string;
  readonly image: docker.RemoteImage;
  /** Networks by name, each with the names that it answers to there; none: it has no network. */
  readonly networks: readonly { readonly name: pulumi.Input<string>; readonly aliases?: string[] }[];
  readonly mounts: readonly Mount[];
  /** User and group, by their numbers. */
  readonly user: string;
  readonly memoryMib: number;
  /** What Docker's own argument of the same name says. */
  readonly overrides: Partial<docker.ContainerArgs>;
}

/** User and group of what serves: no name, no home, no rights. */
export const nobody = "65532:65532";
/** Owner of what servers only read: root without any capability, in the servers' group. */
export const owner = "0:65532";

/** Room for logs and temporary files, in memory: the root is read-only. */
const temporaryMib = 256;

/** The image that a reference by digest names; it is pulled where it is not there, and stays. */
export const createImage = (name: string, reference: pulumi.Input<string>, parent: pulumi.Resource): docker.RemoteImage =>
  new docker.RemoteImage(
    name,
    { name: typeof reference === "string" ? byDigest(reference) : reference, keepLocally: true },
    { parent, customTimeouts: { create: "60m" } },
  );

/**
 * A container without rights: a read-only root, no capability, no way to gain one, and a bound on memory that swap does not widen. Its name and its
 * ports are its own, so that it goes before the next of its kind comes.
 */
export function createContainer(name: string, settings: ContainerSettings, opts: pulumi.CustomResourceOptions): docker.Container {
  const { belongs, suffix, image, networks, mounts, user, memoryMib, overrides } = settings;
  return new docker.Container(
    name,
    {
      name: `${prefixOf(belongs.environment)}-${suffix}`,
      image: image.imageId,
      labels: labelList(labelsOf(belongs.environment, belongs.role, belongs.model)),
      ...(networks.length > 0 ? { networksAdvanced: networks.map((network) => ({ ...network })) } : { networkMode: "none" }),
      volumes: mounts.map((mount) => ({ ...mount })),
      user,
      memory: memoryMib,
      memorySwap: memoryMib,
      readOnly: true,
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      tmpfs: { "/tmp": `size=${temporaryMib}m` },
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      ...overrides,
    },
    { ...opts, deleteBeforeReplace: true },
  );
}

/** It tries again until it is done, and goes on where it stopped; then it has ended. */
export const onceMore = { restart: "on-failure", mustRun: false } as const;

export const variables = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).map(([name, value]) => `${name}=${value}`);
