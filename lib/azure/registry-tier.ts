/** What a registry must be able to do. */
export interface RegistryNeeds {
  /** Days that untagged images are kept. Absent: for ever. */
  readonly untaggedDays?: number | undefined;
  /** Further regions that hold a copy. */
  readonly regions?: readonly string[];
  /** Survive the loss of a zone. */
  readonly zoneRedundant?: boolean | undefined;
  /** Docker Content Trust. Signatures that lie beside an image (cosign, notation) need no setting. */
  readonly contentTrust?: boolean | undefined;
  readonly privateLink?: boolean | undefined;
}

/** The lowest tier that can: Premium for what only it has (azure-docs, container-registry-skus.md), else Standard. */
export function registryTier({
  untaggedDays,
  regions = [],
  zoneRedundant,
  contentTrust,
  privateLink,
}: RegistryNeeds): "Standard" | "Premium" {
  const premium = untaggedDays !== undefined || regions.length > 0 || zoneRedundant || contentTrust || privateLink;
  return premium ? "Premium" : "Standard";
}
