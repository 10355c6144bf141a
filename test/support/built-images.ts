import * as pulumi from "@pulumi/pulumi";

import { composeAzure } from "../../components/environment/azure";
import { azureSchema } from "../../lib/environment/azure-config";
import { builtImages } from "../../lib/environment/image-names";
import { mockAzure, quiet } from "./azure-mocks";
import { azurePlan } from "./azure-plan";
import { registered, reset, settled } from "./mocks";

/**
 * `built-images.ts <build>`: composes an environment with a model on the ONNX server, and prints what was built, what the registry was asked,
 * and whether docker-build's SDK was loaded. A process of its own, because what one test loads stays loaded.
 */
async function main(build: boolean): Promise<void> {
  const exchanged: [string, string][] = [];
  globalThis.fetch = async (url, options) => {
    if (!String(url).endsWith("/oauth2/exchange")) return new Response(null, { status: 503 });
    exchanged.push([String(url), String(options?.body)]);
    return Response.json({ refresh_token: "of-the-registry" });
  };
  process.env["SLM_AZURE_STANDIN_TOKEN"] = "of-azure";
  await mockAzure();
  reset();
  const settings = azureSchema.parse({
    prefix: "contoso",
    tags: { owner: "us", costCentre: "1" },
    kubernetesVersion: "1.36",
    api: { kind: "private" },
    adminGroups: ["11111111-1111-4111-8111-111111111111"],
    registry: { build },
    observability: { alertEmails: ["us@contoso.com"], budget: { usdPerMonth: 1, from: "2026-12" } },
  });
  const weights = { onnx: { kind: "image", image: `w@sha256:${"b".repeat(64)}` } };
  const plan = azurePlan("dev", "eastus", { small: { engine: "onnx", model: "smollm2-135m-instruct", cpu: true, weights } });
  const { images } = composeAzure({ name: "dev", settings, plan, images: builtImages({ azure: settings, imageDigests: {} }, plan) });
  const references = await settled(pulumi.all({ ...images }));
  await quiet();
  const image = registered.find(({ type }) => type.startsWith("docker-build:"))?.inputs;
  const loaded = Object.keys(require.cache).some((file) => file.includes("@pulumi/docker-build"));
  process.stdout.write(`\n${JSON.stringify({ references, image, exchanged, loaded, faults: plan.faults })}\n`);
}

void main(process.argv[2] === "build");
