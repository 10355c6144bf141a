import { readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { network } from "../../lab/layout";
import { repoRoot } from "../../tools/lib/paths";
import { Example } from "../support/example";
import { digests, kubectl } from "../support/lab";

const namespace = "models";
let example: Example;
const pulumi = (...args: string[]): Promise<string> => example.pulumi(...args);

beforeAll(async () => {
  example = await Example.open("one-model");
  // the lab has no way to Ollama's library: the same model is in its image
  example.change(
    "index.ts",
    [
      'model: "qwen3-0.6b",',
      'model: "smollm2-135m-instruct", cpuCores: 0.2, weights: { ollama: { kind: "baked", path: "/models/smollm2-135m-instruct-q4_1.gguf" } },',
    ],
    ['{ namespace: "default" }', `{ namespace: "default" }, { cidr: "${network().host}/32" }`],
  );
  const { ollama, python } = digests();
  for (const [name, digest] of Object.entries({ ollama, python })) await pulumi("config", "set", "--path", `images.${name}`, digest!);
  await kubectl("delete", "namespace", namespace, "--ignore-not-found");
});
afterAll(async () => {
  await pulumi("destroy", "--yes", "--skip-preview").catch(() => undefined);
  example.remove();
});

it("the example is at most 12 lines, and its types hold against the packed declarations", async () => {
  const lines = readFileSync(path.join(repoRoot, "examples/one-model/index.ts"), "utf8").trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(12);
  await execa(path.join(repoRoot, "node_modules/.bin/tsc"), ["-p", example.folder], { cwd: example.folder });
});

it("comes up with the model's answer, and a second update changes nothing", async () => {
  await pulumi("up", "--yes", "--skip-preview");
  expect(JSON.parse(await pulumi("stack", "output", "--json"))).toEqual({ url: "http://chat.models.svc.cluster.local/v1" });
  const [verifier] = JSON.parse(
    await kubectl("get", "pods", "--namespace", namespace, "--selector=slm-stack/role=verifier", "--output=json"),
  ).items;
  expect(JSON.parse(verifier.status.containerStatuses[0].state.terminated.message).chat.tokensPerSecond).toBeGreaterThan(0);
  expect(await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")).toMatch(/unchanged/);
});

it("tells a mistake in an argument by component and argument, with value, bound and fix, and no stack", async () => {
  const right = example.change("index.ts", ["cpuCores: 0.2", "cpuCores: 0.2, contextTokens: 9000"]);
  const message = await example.refused("preview");
  example.write("index.ts", right);
  expect(message).toMatch(
    /slm:serving:Model \(chat\)[\s\S]*contextTokens: must be a whole number from 256 to 8192, got 9000; smollm2-135m-instruct reads at most 8192 tokens/,
  );
  expect(message).not.toMatch(/\bat .*\.(js|ts):\d+/);
});

it("loads Azure's SDK only for who asks for it", async () => {
  const loaded = (entry: string) =>
    `require(${JSON.stringify(entry)}); process.stdout.write(String(Object.keys(require.cache).some((file) => file.includes("@pulumi/azure-native"))))`;
  const run = async (entry: string) => (await execa(process.execPath, ["--eval", loaded(entry)], { cwd: example.folder })).stdout;
  expect([await run("slm-stack"), await run("slm-stack/azure")]).toEqual(["false", "true"]);
});

it("leaves nothing when it is destroyed", async () => {
  await pulumi("destroy", "--yes", "--skip-preview");
  expect(await kubectl("get", "namespace", namespace, "--ignore-not-found")).toBe("");
});
