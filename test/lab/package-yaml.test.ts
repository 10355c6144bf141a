import { afterAll, beforeAll, expect, it } from "vitest";
import { network } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { pulumiYaml } from "../../tools/build/recipes";
import { Example } from "../support/example";
import { digests, kubectl } from "../support/lab";

const namespace = "models-yaml";
let example: Example;
const pulumi = (...args: string[]): Promise<string> => example.pulumi(...args);

beforeAll(async () => {
  example = await Example.open("one-model-yaml", await build([pulumiYaml]));
  // the lab has no way to Ollama's library: the same model is in its image
  const weights = "      weights: { ollama: { kind: baked, path: /models/smollm2-135m-instruct-q4_1.gguf } }";
  example.change(
    "Pulumi.yaml",
    ["[{ namespace: default }]", `[{ namespace: default }, { cidr: ${network().host}/32 }]\n      namespace: ${namespace}`],
    ["model: qwen3-0.6b", `model: smollm2-135m-instruct\n      cpuCores: 0.2\n${weights}`],
  );
  const { ollama, python } = digests();
  for (const [name, digest] of Object.entries({ ollama, python })) await pulumi("config", "set", name, digest!);
  await kubectl("delete", "namespace", namespace, "--ignore-not-found");
});
afterAll(async () => {
  await pulumi("destroy", "--yes", "--skip-preview").catch(() => undefined);
  example.remove();
});

it("previews in a namespace whose name is known only later, with the types of a program in TypeScript", async () => {
  const said = await pulumi("preview", "--json");
  const { steps } = JSON.parse(said.slice(said.indexOf("{"))) as { steps: { op: string; urn: string }[] };
  expect(steps.filter(({ op }) => op !== "create")).toEqual([]);
  const components = steps.map(({ urn }) => urn.split("::").slice(2).join(" ")).filter((step) => /^slm:[^$]*(\$slm:[^$]*)? /.test(step));
  expect(components.sort()).toEqual([
    "slm:namespace:ModelNamespace models",
    "slm:serving:Model chat",
    "slm:serving:Model$slm:serving:ModelEndpoint chat",
    "slm:serving:Model$slm:serving:OllamaServer chat",
  ]);
});

it("comes up with the model's answer, and a second update changes nothing", async () => {
  await pulumi("up", "--yes", "--skip-preview");
  expect(JSON.parse(await pulumi("stack", "output", "--json"))).toEqual({ url: `http://chat.${namespace}.svc.cluster.local/v1` });
  const [verifier] = JSON.parse(
    await kubectl("get", "pods", "--namespace", namespace, "--selector=slm-stack/role=verifier", "--output=json"),
  ).items;
  expect(JSON.parse(verifier.status.containerStatuses[0].state.terminated.message).chat.tokensPerSecond).toBeGreaterThan(0);
  expect(await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")).toMatch(/unchanged/);
});

it.each([
  [
    "a plan has no room for",
    "cpuCores: 0.2",
    "contextTokens: 9000",
    /chat[\s\S]*contextTokens: must be a whole number from 256 to 8192, got 9000; smollm2-135m-instruct reads at most 8192 tokens/,
  ],
  [
    "is the output of a resource, where the plan must know it",
    "cpuCores: 0.2",
    `size: \${models.namespaceName}`,
    /slm:serving:Model \(chat\):\s+size: must be known when the program is planned, got the output of a resource; write it out/,
  ],
  ["has the wrong shape", "cpuCores: 0.2", "cpuCores: 0", /slm:serving:Model \(chat\):\s+cpuCores: must be at least 0.1 cores, got 0/],
])("tells an argument that %s, with no stack", async (_what, from, to, message) => {
  const right = example.change("Pulumi.yaml", [from, to]);
  const said = await example.refused("preview");
  example.write("Pulumi.yaml", right);
  expect(said).toMatch(message);
  expect(said).not.toMatch(/\bat .*\.(js|ts):\d+/);
});

it("leaves nothing when it is destroyed", async () => {
  await pulumi("destroy", "--yes", "--skip-preview");
  expect(await kubectl("get", "namespace", namespace, "--ignore-not-found")).toBe("");
});
