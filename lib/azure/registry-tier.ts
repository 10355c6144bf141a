/** What a registry must be able to do. */
export interface RegistryRequirements {
  /** Days that untagged images are kept. Absent: for ever. */
  readonly untaggedDays?: number | undefined;
  /** Further regions that hold a copy. */
  readonly regions?: readonly string[];
  /** Survive the loss of a zone. */
  readonly zoneRedundant?: boolean | undefined;
  readonly privateLink?: boolean | undefined;
}

/** The lowest tier that can: Premium for what only it has (azure-docs, container-registry-skus.md), else Standard. */
export function registryTier({ untaggedDays, regions = [], zoneRedundant, privateLink }: RegistryRequirements): "Standard" | "Premium" {
  const premium = untaggedDays !== undefined || regions.length > 0 || zoneRedundant || privateLink;
  return premium ? "Premium" : "Standard";
}
