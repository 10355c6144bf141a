import path from "node:path";

import execa from "execa";
import { afterEach, expect, it } from "vitest";

import { standIn } from "../../tools/azure-stand-in/locate";
import { repoRoot } from "../../tools/lib/paths";
import { Example } from "../support/example";

/** Examples that no test deploys: their types hold against the packed declarations, and the real engine previews them from the packed library. */
const pinned = (name: string): string => `registry.example.com/${name}@sha256:${"a".repeat(64)}`;
const imagesOf = (...names: string[]): Record<string, string> => Object.fromEntries(names.map((name) => [`images.${name}`, pinned(name)]));

let example: Example | undefined;
afterEach(() => example?.remove());

it.each<[string, Record<string, string>, Record<string, number>]>([
  [
    "two-models-one-gateway",
    { ...imagesOf("ollama", "python", "envoyGateway", "envoy"), host: "models.example.com" },
    { "slm:serving:Model": 2, "slm:gateway:EnvoyGateway": 1, "slm:gateway:Gateway": 1 },
  ],
  ["monitoring-alone", { ...imagesOf("prometheus", "alertmanager"), modelNamespace: "models" }, { "slm:monitoring:Monitoring": 1 }],
  [
    "aks-gpu-pool",
    { ...imagesOf("vllm", "python"), adminGroup: "11111111-1111-4111-8111-111111111111", "authorizedRanges[0]": "203.0.113.0/24" },
    {
      "slm:cluster:AksCluster": 1,
      "slm:cluster:GpuNodePool": 1,
      "azure-native:containerservice:AgentPool": 1,
      "slm:serving:VllmServer": 1,
    },
  ],
])("%s has the types of the package, and previews", async (name, settings, expected) => {
  const folder = standIn();
  example = await Example.open(name, folder ? [folder] : []);
  await execa(path.join(repoRoot, "node_modules/.bin/tsc"), ["-p", example.folder], { cwd: example.folder });
  for (const [key, value] of Object.entries<string>(settings)) await example.pulumi("config", "set", "--path", key, value);
  const said = await example.pulumi("preview", "--json");
  const { steps } = JSON.parse(said.slice(said.indexOf("{"))) as { steps: { op: string; urn: string }[] };
  expect(steps.filter(({ op }) => op !== "create")).toEqual([]);
  const types = steps.map(({ urn }) => urn.split("::")[2]!.split("$").at(-1)!);
  expect(Object.fromEntries(Object.keys(expected).map((type) => [type, types.filter((one) => one === type).length]))).toEqual(expected);
});
