import path from "node:path";

import execa from "execa";
import { beforeAll, describe, expect, it } from "vitest";

import { type CiliumSpec, ciliumSpec } from "../../components/namespace/cilium";
import { openPaths } from "../../components/namespace/paths";
import { ciliumPaths } from "../../components/namespace/policies";
import { build } from "../../tools/build/recipe";
import { cilium } from "../../tools/build/recipes";

let parser: string;
beforeAll(async () => {
  const [folder] = await build([cilium]);
  parser = path.join(folder!, "cilium");
}, 1_200_000);

/** What Cilium's own parser says of policies; empty where it takes them all. */
async function refusals(specs: Readonly<Record<string, unknown>>): Promise<string> {
  const policies = Object.entries(specs).map(([name, spec]) => ({
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name, namespace: "slm" },
    spec,
  }));
  const { stdout } = await execa(parser, { input: JSON.stringify(policies), reject: false });
  return stdout;
}

describe("Cilium's own parser", () => {
  const clients = [{ namespace: "app" }, { cidr: "10.1.0.0/16" }];
  const weights = [
    { cidr: "0.0.0.0/0", ports: [443] },
    { name: "huggingface.co", ports: [443] },
    { name: "*.hf.co", ports: [443, 8443] },
  ];
  const spans = { namespace: "monitoring", labels: { app: "collector" }, port: 4317 };

  it("takes every path of ours", async () => {
    expect(await refusals(ciliumPaths(clients, weights, spans))).toBe("");
  });

  it("refuses what it does not know, and what does not go together", async () => {
    const open = ciliumSpec(openPaths(clients, [])["servers-answer"]!);
    const [pods, blocks] = open.ingress!;
    expect(await refusals({ open: { ...open, ingress: [{ ...pods, ...blocks }] } satisfies CiliumSpec })).toMatch(/^open: .*combining/);
    expect(await refusals({ open: { ...open, ingres: [] } })).toMatch(/unknown field "ingres"/);
  });
});
