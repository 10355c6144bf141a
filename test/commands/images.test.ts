import execa from "execa";
import { expect, it, vi } from "vitest";

import { repoRoot } from "../../tools/lib/paths";

vi.setConfig({ testTimeout: 60_000 });

async function composed(build: string) {
  const run = ["--import", "tsx", "test/support/built-images.ts", build];
  const { stdout } = await execa(process.execPath, run, { cwd: repoRoot });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

it("an image of this repository is built, described and pushed, and what runs is its digest in the environment's registry", async () => {
  const { references, image, exchanged, loaded, faults } = await composed("build");
  const host = "crcontosodev4y09fs.azurecr.io";
  const cache = `${host}/slm/onnx-server:cache`;
  expect(faults).toEqual([]);
  expect(references).toEqual({ "onnx-server": `${host}/slm/onnx-server@sha256:${"d".repeat(64)}` });
  const { registries, ...inputs } = image;
  // The type checker holds these against the declarations of docker-build's SDK; here are the values.
  expect(inputs).toEqual({
    context: { location: `${repoRoot}/images/onnx-server` },
    platforms: ["linux/amd64"],
    buildArgs: { VARIANT: "cpu", BUILDKIT_ATTEST_SBOM: "generator=docker/buildkit-syft-scanner:stable-1" },
    tags: [`${host}/slm/onnx-server:current`],
    push: true,
    buildOnPreview: false,
    network: "default",
    cacheFrom: [{ registry: { ref: cache } }],
    cacheTo: [{ registry: { ref: cache, mode: "max", imageManifest: true, ociMediaTypes: true, ignoreError: true } }],
  });
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
  const login = { address: host, username: "00000000-0000-0000-0000-000000000000", password: "of-the-registry" };
  expect(registries).toEqual({ ...secret, value: [login] });
  expect(exchanged).toEqual([
    [
      `https://${host}/oauth2/exchange`,
      `grant_type=access_token&service=${host}&tenant=00000000-0000-4000-8000-000000000002&access_token=of-azure`,
    ],
  ]);
  expect(loaded).toBe(true);
});

it("an environment that builds nothing asks no registry and never loads docker-build's SDK", async () => {
  expect(await composed("no")).toEqual({ references: {}, exchanged: [], loaded: false, faults: [] });
});

it("the lab's program loads no SDK but that of Kubernetes", async () => {
  const { stdout } = await execa(process.execPath, ["--import", "tsx", "test/support/loaded-sdks.ts"], { cwd: repoRoot });
  const { packages, types } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  expect(types).toContain("kubernetes:apps/v1:Deployment");
  expect(packages).toEqual(["@pulumi/kubernetes", "@pulumi/pulumi"]);
});
