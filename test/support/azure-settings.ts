import type { z } from "zod";
import type { azureSchema } from "../../lib/environment/azure-config";

/** The section `azure:` with nothing but what must be said. */
export const written: z.input<typeof azureSchema> = {
  prefix: "contoso",
  tags: { owner: "us", costCentre: "1" },
  kubernetesVersion: "1.36",
  api: { kind: "private" },
  adminGroups: ["11111111-1111-4111-8111-111111111111"],
  observability: { alertEmails: ["us@example.com"], budget: { usdPerMonth: 100, from: "2026-12" } },
};
