import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { register } from "tsx/cjs/api";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { makeCluster } from "../../../components/environment/cluster";
import { azureSchema } from "../../../lib/environment/azure-config";
import type { EnvironmentPlan } from "../../../lib/planner/types";
import type { Environment } from "../../../stacks/environment";
import { planOf } from "../../support/azure-cluster";
import { builtDigest, fresh, mockAzure, quiet } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 }); // the first check reads the declarations of the SDK
vi.useFakeTimers({ now: Date.parse("2026-11-25T12:00:00Z"), toFake: ["Date"] }); // versions of Kubernetes go out of support

beforeAll(async () => {
  register(); // the program loads what is Azure's when it needs it, by `require`, which knows no TypeScript here
  vi.spyOn(pulumi.log, "warn").mockResolvedValue();
  await mockAzure();
});
beforeEach(fresh);
afterEach(async () => {
  await quiet();
  vi.unstubAllEnvs();
});

/** An environment, as far as its cluster is made from it. */
const environment = (change: object = {}): Environment =>
  ({ name: "dev", kubernetes: {}, weightsFrom: ["0.0.0.0/0"], imageDigests: {}, models: {}, ...change }) as unknown as Environment;

describe("a cluster that is there", () => {
  const plan = planOf({ chat: {} });

  it.each([
    [{}, {}],
    [{ kubeconfig: ".slm/kubeconfig" }, { kubeconfig: ".slm/kubeconfig" }],
    [{ context: "lab" }, { context: "lab", clusterIdentifier: "lab" }],
  ])("with %j is reached so, and nothing is made", async (kubernetes, inputs) => {
    const { provider: _, ...cluster } = makeCluster(environment({ kubernetes }), plan, {});
    await quiet();
    expect(cluster).toEqual({ nodes: {}, images: {}, outputs: {} });
    expect(made()).toEqual({ cluster: { type: "pulumi:providers:kubernetes", inputs } });
  });

  it("keeps secrets itself, where there are any", async () => {
    const { secrets } = makeCluster(environment(), plan, { "hf-token": "hf_x" });
    secrets!.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
    await quiet();
    expect(made()).toMatchObject({
      secrets: { type: "slm:secrets:KubernetesSecretStore" },
      "secrets-chat-hf-token": {
        options: { parent: "secrets", provider: "cluster" },
        inputs: { stringData: { secret: { value: "hf_x" } } },
      },
    });
  });
});

describe("a cluster on Azure", () => {
  const azure = azureSchema.parse(written);
  const tiny = planOf({ tiny: { size: "Standard_D2s_v5", gpu: null } });

  it("is made, with a vault for secrets and a pool for each model", async () => {
    const { secrets, nodes, images, outputs } = makeCluster(environment({ azure }), planOf({ chat: {} }), { "hf-token": "hf_x" });
    secrets!.grant({ name: "chat", namespace: "slm" }, ["hf-token"]);
    expect(await settled(pulumi.output(outputs["clusterName"]))).toBe("aks-contoso-dev");
    expect(images).toEqual({});
    expect(Object.keys(nodes)).toEqual(["chat"]);
    const { ready, ...where } = nodes["chat"]!;
    expect(where).toEqual({ labels: { "slm.dev/pool": "ga10ycc6" }, taints: ["sku=gpu:NoSchedule"] });
    const names = await Promise.all(ready!.map(async ({ urn }) => (await settled(urn)).split("::").at(-1)));
    expect(names).toEqual(["nv36ads-a10-v5"]);
    await quiet();
    expect(made()).toMatchObject({
      "secrets-hf-token": { type: "keyvault:Secret" },
      "secrets-chat-account": { options: { provider: "cluster" } },
      resources: { inputs: { resourceGroupName: "rg-contoso-dev-eastus" } },
    });
    expect(JSON.stringify(made()["aks-cluster"]!.inputs)).not.toContain("advancedNetworking");
  });

  it("tells hosts by name where weights come from one", async () => {
    makeCluster(environment({ azure, weightsFrom: ["10.0.0.0/8", { name: "huggingface.co" }] }), tiny, {});
    await quiet();
    expect(made()["aks-cluster"]!.inputs).toMatchObject({ networkProfile: { advancedNetworking: { enabled: true } } });
  });

  it("builds the images that the plan needs and nobody pins, and pushes them to its own registry", async () => {
    vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "of-azure");
    const fetched = vi
      .spyOn(globalThis, "fetch")
      .mockImplementation(async (url) =>
        String(url).includes("/oauth2/") ? Response.json({ refresh_token: "of-the-registry" }) : new Response(null, { status: 404 }),
      );
    const models = tiny.models.map((model) => ({ ...model, engine: "onnx", pod: { ...model.pod, gpuCount: 0 } }));
    const building = { ...azure, registry: { ...azure.registry, build: true }, armEndpoint: "https://arm.example/" };
    const { images } = makeCluster(environment({ azure: building }), { ...tiny, models } as unknown as EnvironmentPlan, {});
    const host = "crcontosodev4y09fs.azurecr.io";
    expect(await settled(pulumi.all({ ...images }))).toEqual({ "onnx-server": `${host}/slm/onnx-server@${builtDigest}` });
    await quiet();
    expect(made()["onnx-server"]!.inputs).toMatchObject({
      context: { location: path.resolve(__dirname, "../../../images/onnx-server") },
      buildArgs: { VARIANT: "cpu" },
      tags: [`${host}/slm/onnx-server:current`],
      registries: { secret: [{ address: host, password: "of-the-registry" }] },
    });
    const [, login] = fetched.mock.calls.find(([url]) => String(url) === `https://${host}/oauth2/exchange`)!;
    expect(String(login!.body)).toContain("&tenant=00000000-0000-4000-8000-000000000002&access_token=of-azure");
    fetched.mockRestore();
  });
});
