import { z } from "zod";

import { dnsLabel } from "../limits";

const client = z.union(
  [
    z.strictObject({ namespace: z.string() }).meta({ id: "NamespaceClient" }),
    z.strictObject({ cidr: z.string() }).meta({ id: "RangeClient" }),
  ],
  "must be { namespace } or { cidr }",
);

const path = z
  .strictObject({
    cidr: z.string().optional().describe("Address range."),
    name: z.string().optional().describe("Host by name, or `*.domain`; with Cilium only."),
    ports: z.array(z.int()),
  })
  .refine(({ cidr, name }) => (cidr === undefined) !== (name === undefined), "must have cidr or name, and not both")
  .meta({ id: "WeightsPath" });

/** Arguments of `ModelNamespace`, as other languages write them. */
export const namespaceArguments = z.strictObject({
  namespace: dnsLabel.optional().describe("Name of the namespace. Replaces it, and everything in it. Default: the component's."),
  clients: z.array(client).optional().describe("Who may call the models, beside the verifier. Default: nobody."),
  weights: z
    .array(path)
    .optional()
    .describe("Where weights may be downloaded from. Default: anywhere by HTTPS but the cloud's metadata service."),
  dataPlane: z.enum(["kubernetes", "cilium"]).optional().describe("What enforces network policies. Replaces them. Default: kubernetes."),
  maxPods: z.int().optional().describe("Most pods at a time. Default: 32."),
});
