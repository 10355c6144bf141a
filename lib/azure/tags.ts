/** Who answers and pays for an environment. */
export interface Ownership {
  readonly owner: string;
  readonly costCentre: string;
}

/** Tags of every resource that takes tags. */
export const azureTags = (environment: string, { owner, costCentre }: Ownership): Record<string, string> => ({
  environment,
  owner,
  "cost-centre": costCentre,
  "managed-by": "pulumi",
});
