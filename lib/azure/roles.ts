/** Built-in roles that this project assigns, by the id of their definition (azure-docs, built-in-roles.md, 2026-04-09; Monitoring Data Reader: prometheus-collector's template). */
export const roles = {
  networkContributor: "4d97b98b-1d4f-4787-a291-c67834d212e7",
  privateDnsZoneContributor: "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
  acrPull: "7f951dda-4ed3-4680-a7ca-43fe172d538d",
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  keyVaultSecretsOfficer: "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
  monitoringDataReader: "b0d8363b-8ddd-447d-831f-62ca05bff136",
  grafanaAdmin: "22926164-76b3-42b3-bc55-97df8dab3e41",
  grafanaViewer: "60921a7e-fef1-4a43-9b16-a26c52ad4769",
  aksClusterAdmin: "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
} as const;

/** Name of a role. */
export type Role = keyof typeof roles;

/** Full id of a role's definition; a short one would come back longer, and look like a change for ever. */
export const roleDefinitionId = (subscription: string, role: Role): string =>
  `/subscriptions/${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roles[role]}`;
