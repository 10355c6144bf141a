import Module from "node:module";

import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { buildImages } from "../../../components/environment/azure-images";
import type { ContainerRegistry } from "../../../components/registry/container-registry";
import { serverImage } from "../../../components/registry/server-image";
import { azureSchema } from "../../../lib/environment/azure-config";
import { fromRoot } from "../../../stacks/environment";
import { builtDigest, called, context, fresh, mockAzure } from "../../support/azure-mocks";
import { written } from "../../support/azure-settings";
import { made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 });
beforeAll(async () => {
  vi.stubEnv("SLM_AZURE_STANDIN_TOKEN", "of-azure");
  await mockAzure();
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

// Vitest does not compile what code loads by require, as the program does this one.
const loader = Module as unknown as { _load(name: string, ...rest: unknown[]): unknown };
const load = loader._load;
vi.spyOn(loader, "_load").mockImplementation((name, ...rest) =>
  name === "../registry/server-image" ? { serverImage } : load.call(Module, name, ...rest),
);

const fetched = vi.spyOn(globalThis, "fetch");
beforeEach(() => {
  fresh();
  fetched.mockReset().mockImplementation(async () => Response.json({ refresh_token: "for-a-while" }));
});

const registry = { loginServer: pulumi.output("cr.azurecr.io") } as ContainerRegistry;
const build = (names: string[], armEndpoint = "https://management.azure.com") =>
  buildImages(names, azureSchema.parse({ ...written, armEndpoint }), context, registry);

it("each image is built from its own folder with its own arguments, and is known by its digest in the environment's registry", async () => {
  const images = build(["onnx-server", "onnx-server-cuda"]);
  expect(await settled(pulumi.all(images))).toEqual({
    "onnx-server": `cr.azurecr.io/slm/onnx-server@${builtDigest}`,
    "onnx-server-cuda": `cr.azurecr.io/slm/onnx-server-cuda@${builtDigest}`,
  });
  const folder = { location: fromRoot("images/onnx-server") };
  const login = { secret: [{ address: "cr.azurecr.io", username: "00000000-0000-0000-0000-000000000000", password: "for-a-while" }] };
  const variant = (VARIANT: string) => ({ context: folder, buildArgs: expect.objectContaining({ VARIANT }), registries: login });
  expect(made()).toEqual({
    "onnx-server": expect.objectContaining({ inputs: expect.objectContaining(variant("cpu")) }),
    "onnx-server-cuda": expect.objectContaining({ inputs: expect.objectContaining(variant("cuda")) }),
  });
});

it.each(["https://management.example", "https://management.example/"])(
  "a token of %s is traded once for the registry's",
  async (endpoint) => {
    await settled(pulumi.all(build(["onnx-server", "onnx-server-cuda"], endpoint)));
    expect(called.map(({ token, inputs }) => [token, inputs])).toEqual([
      ["azure-native:authorization:getClientToken", { endpoint: "https://management.example" }],
    ]);
    expect(fetched.mock.calls.map(([url, request]) => [url, Object.fromEntries(request!.body as URLSearchParams)])).toEqual([
      [
        "https://cr.azurecr.io/oauth2/exchange",
        { grant_type: "access_token", service: "cr.azurecr.io", tenant: context.tenantId, access_token: "of-azure" },
      ],
    ]);
  },
);

it("where there is nothing to build, nobody is asked for anything", async () => {
  expect(build([])).toEqual({});
  await settled(pulumi.output(0));
  expect([made(), called, fetched.mock.calls]).toEqual([{}, [], []]);
});
