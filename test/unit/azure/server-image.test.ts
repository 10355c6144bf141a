import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";

import { serverImage } from "../../../components/registry/server-image";
import { builtDigest, fresh, mockAzure } from "../../support/azure-mocks";
import { differences, type Made, made } from "../../support/made";
import { settled } from "../../support/mocks";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
beforeAll(mockAzure);
beforeEach(fresh);

const args = { folder: "/images/server", repository: "slm/server", registry: { loginServer: "cr.azurecr.io", password: "p" } };
const cache = "cr.azurecr.io/slm/server:cache";

/** What building it registers, whatever else is asked for. */
const standard: Record<string, Made> = {
  server: {
    type: "docker-build:index:Image",
    // That `secrets` come back as secrets is the SDK's own doing.
    options: { retainOnDelete: true, additionalSecretOutputs: ["secrets"] },
    inputs: {
      context: { location: "/images/server" },
      platforms: ["linux/amd64"],
      buildArgs: { BUILDKIT_ATTEST_SBOM: "generator=docker/buildkit-syft-scanner:stable-1" },
      tags: ["cr.azurecr.io/slm/server:current"],
      push: true,
      buildOnPreview: false,
      network: "default",
      cacheFrom: [{ registry: { ref: cache } }],
      cacheTo: [{ registry: { ref: cache, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } }],
      registries: { secret: [{ address: "cr.azurecr.io", username: "00000000-0000-0000-0000-000000000000", password: "p" }] },
    },
  },
};

it("an image is built for the nodes' processors, described, cached beside itself, pushed with a secret, and known by its digest", async () => {
  const reference = serverImage("server", args, {});
  expect(await settled(reference)).toBe(`cr.azurecr.io/slm/server@${builtDigest}`);
  expect(await pulumi.isSecret(reference)).toBe(false);
  expect(made()).toEqual(standard);
});

it("an image takes the Dockerfile's arguments and other options, and still stays in the registry when its resource goes", async () => {
  const opts = { protect: true, retainOnDelete: false };
  await settled(serverImage("server", { ...args, buildArgs: { VARIANT: "cuda" } }, opts));
  expect(differences(standard, made())).toEqual({ "server.buildArgs.VARIANT": "cuda", "server options.protect": true });
});
