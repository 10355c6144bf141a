import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { deployablePlan } from "../../../lib/environment/plan-request";
import { faultMessage } from "../../../lib/planner/fault";
import { parseEnvironment } from "../../../stacks/environment";
import { readEnvironment } from "../../../tools/lib/environment";
import { requireBuilder, requirePlugins } from "../../../tools/lib/plugins";
import { policyConfig } from "../../../tools/lib/policy-config";
import { messageOf } from "../../support/errors";

const home = mkdtempSync(path.join(tmpdir(), "plugins-"));
beforeEach(() => {
  vi.stubEnv("PULUMI_HOME", home);
  vi.stubEnv("PATH", home);
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(home, { recursive: true }));

/** Dev with a model on the ONNX server. */
function environment(build: boolean) {
  const { config } = parse(readEnvironment("dev").text);
  const weights = { onnx: { kind: "image", image: `example.invalid/w@sha256:${"b".repeat(64)}` } };
  config["slm:models"] = { edge: { engine: "onnx", model: "smollm2-135m-instruct", cpu: true, weights } };
  config["slm:azure"].registry = { build };
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("slm:", ""), value]));
  return parseEnvironment("dev", own, "stacks/Pulumi.dev.yaml");
}

describe("images that the program builds", () => {
  const digest =
    'models.edge.engine: must be in stacks/images.json, got "onnx-server"; add it to stacks/images.json, as name@sha256:<64 hex>';
  it("need no digest in the images file", () => expect(deployablePlan(environment(true)).faults).toEqual([]));
  it("are offered where the digest is missing", () =>
    expect(deployablePlan(environment(false)).faults.map(faultMessage)).toEqual([
      `${digest}, or have it built: azure.registry.build: true`,
    ]));

  it("take docker-build's plugin, for a preview too", () => {
    const message =
      "azure.registry.build: the docker-build plugin, which builds onnx-server, is not installed\n" +
      "  fix: pulumi plugin install resource docker-build 0.0.22, or name the images in stacks/images.json";
    expect(messageOf(() => requireBuilder(environment(true)))).toBe(message);
    expect(messageOf(() => requireBuilder(environment(false)))).toBe("");
    const update = () => requirePlugins(environment(true), { SLM_AZURE_STANDIN_KUBECONFIG: "x" });
    expect(messageOf(update)).toBe(message);
    mkdirSync(path.join(home, "plugins/resource-docker-build-v0.0.22"), { recursive: true });
    expect(messageOf(update)).toBe("");
    expect(messageOf(() => requireBuilder(environment(true)))).toBe("");
  });

  it("may run: their registry is the environment's own", () => {
    const dev = readEnvironment("dev");
    const { registries } = policyConfig(dev)["image-registry"] as { registries: string[] };
    expect(registries).toContain("crcontosodev4y09fs.azurecr.io");
  });
});

it("an update on Azure takes Azure's plugin, which a stand-in may replace in tests alone", () => {
  expect(messageOf(() => requirePlugins(environment(false), {}))).toBe(
    "the azure-native plugin is not installed\n  fix: pulumi plugin install resource azure-native 3.28.0",
  );
  expect(messageOf(() => requirePlugins(environment(false), { SLM_AZURE_STANDIN_KUBECONFIG: "x" }))).toBe("");
  writeFileSync(path.join(home, "pulumi-resource-azure-native"), "");
  expect(messageOf(() => requirePlugins(environment(false), {}))).toBe("");
});
