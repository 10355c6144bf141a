import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parse, stringify } from "yaml";
import { files, network, nodeName, registryPort } from "../../lab/layout";
import { type NodePool, poolsOf } from "../../lib/azure/pools";
import { planOf } from "../../lib/environment/plan-request";
import { parseEnvironment } from "../../stacks/environment";
import { ask } from "../../tools/ask";
import { standIn } from "../../tools/azure-stand-in/locate";
import { build } from "../../tools/build/recipe";
import { cilium } from "../../tools/build/recipes";
import { type EnvironmentFile, readEnvironment } from "../../tools/lib/environment";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { defineKinds } from "../support/kinds";
import { apply, digests, kubectl } from "../support/lab";
import { nodeLabels, simulatedNodes, simulatedSelector } from "../support/simulated-pool";

const namespace = "azure-test";
const images = path.join(workDir, "azure-images.json");
/** Any digest will do: no engine runs on simulated nodes. */
const nowhere = (name: string): string => `nvcr.io/nvidia/${name}@sha256:${"a".repeat(64)}`;

/** A resource that an update leaves out is shown to policies without what it holds. */
const leftOut = { "chat-verified": "its model cannot answer: the GPUs are simulated" };

/** Prod's own GPU model on its own pool, and one that the lab's processors can answer; without what would keep a test from tidying up. */
function prodShaped(): EnvironmentFile {
  const { text, file } = readEnvironment("prod");
  const { config } = parse(text);
  config["slm:azure"].protect = false;
  Object.assign(config["slm:models"].chat, { weights: { vllm: { kind: "image", image: nowhere("weights") } } });
  config["slm:models"].small = {
    ...{ engine: "ollama", model: "smollm2-135m-instruct", cpu: true, contextTokens: 2048, cpuCores: 0.2, memoryMib: 1024 },
    replicas: 1,
    weights: { ollama: { kind: "baked", path: "/models/smollm2-135m-instruct-q4_1.gguf" } },
  };
  Object.assign(config, {
    "slm:region": "eastus", // the catalog has prices of processors there
    "slm:kubernetes": { namespace },
    "slm:images": path.relative(repoRoot, images),
    "slm:clients": [{ cidr: `${network().host}/32` }],
    "slm:policies": {
      registries: [`${network().node}:${registryPort}`, "nvcr.io/nvidia"],
      levels: { "protected-resources": "advisory" },
      exempt: { "restricted-pod": leftOut, "network-policy": leftOut },
    },
  });
  const own = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^slm:/, ""), value]));
  return { name: namespace, file, text: stringify({ config }), environment: parseEnvironment(namespace, own, file) };
}

/** Where pods of some kind are, and whether they are ready. */
async function podsOf(where: string, selector: string): Promise<[node: string, phase: string][]> {
  const { items } = JSON.parse(await kubectl("get", "pods", "--namespace", where, "--selector", selector, "--output=json"));
  return items.map((pod: { spec: { nodeName: string }; status: { phase: string } }) => [pod.spec.nodeName, pod.status.phase]).sort();
}

describe.skipIf(standIn() === undefined)(
  "prod on the stand-in, whose cluster is the lab (skipped where the real azure-native plugin is installed)",
  () => {
    let state: string;
    let stack: Stack;
    let forget: (() => Promise<string>) | undefined;
    let gpus: NodePool;
    let processors: NodePool;
    const open = () =>
      Stack.open(prodShaped(), {
        ...{ SLM_AZURE_STANDIN_KUBECONFIG: files.kubeconfig, SLM_AZURE_STANDIN_STATE: state },
        PULUMI_K8S_DELETE_UNREACHABLE: "true", // what a failed run left may be of a lab that is gone
      });
    beforeAll(async () => {
      vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "for-a-test");
      state = mkdtempSync(path.join(tmpdir(), "slm-azure-"));
      mkdirSync(workDir, { recursive: true });
      writeFileSync(images, JSON.stringify({ ...digests(), vllm: nowhere("vllm") }));
      const { environment } = prodShaped();
      const planned = planOf(environment);
      expect(planned.faults).toEqual([]);
      const pools = poolsOf(planned, environment.azure!);
      [gpus, processors] = [pools.find(({ gpu }) => gpu)!, pools.find(({ gpu }) => !gpu)!];
      const labels = Object.entries(nodeLabels(processors)).map(([key, value]) => `${key}=${value}`);
      await kubectl("label", "node", nodeName, "--overwrite", ...labels);
      await kubectl("delete", "nodes", simulatedSelector); // what a failed run left
      await apply(...simulatedNodes(gpus, 2, { cpu: 36, memoryGib: 440, gpus: 1, diskGib: 256 }));
      const [definitions] = await build([cilium]);
      forget = await defineKinds(
        path.join(definitions!, "ciliumnetworkpolicies.yaml"),
        path.join(__dirname, "manifests/azure-pod-monitors.yaml"),
      );
      stack = await open();
      await stack.destroy(); // what a failed run of this test left
      stack = await open();
    });
    afterAll(async () => {
      await stack?.destroy();
      await forget?.();
      await kubectl("label", "node", nodeName, ...Object.keys(nodeLabels(processors)).map((label) => `${label}-`));
      await kubectl("delete", "nodes", "--selector", `slm.dev/pool=${gpus.name}`);
      rmSync(state, { recursive: true });
      rmSync(images);
      vi.unstubAllEnvs();
    });

    it("comes up with Azure's resources, and verifies the model that can answer", async () => {
      // All but the verifier of the model whose GPUs are simulated.
      await stack.up(["--exclude=**::chat-verified"]);
      expect(readdirSync(state).length).toBeGreaterThan(30);
      const { verification: verified, addresses } = await stack.outputs();
      expect(verified["small"]!["small"]!.tokensPerSecond).toBeGreaterThan(0);
      expect((await ask(addresses["small"]!, "small", "What is the capital of France?", () => undefined)).text).toContain("Paris");
    });

    it("opens its paths by policies of Cilium's own kind, as its project defines it", async () => {
      const policies = await kubectl("get", "ciliumnetworkpolicies", "--namespace", namespace, "--output=name");
      expect(policies.trim().split("\n")).toHaveLength(4);
      expect(await kubectl("get", "networkpolicies", "--namespace", namespace, "--output=name")).toBe("");
    });

    it("runs each model on the pool that was made for it, and the GPU daemons on every GPU node", async () => {
      const simulated = [0, 1].map((index) => `aks-${gpus.name}-${index}`);
      const everywhere = simulated.map((node) => [node, "Running"]);
      const server = (model: string) => podsOf(namespace, `slm-stack/role=server,app.kubernetes.io/instance=${model}`);
      expect(await server("chat")).toEqual(everywhere);
      expect(await server("small")).toEqual([[nodeName, "Running"]]);
      for (const daemon of ["device-plugin", "dcgm-exporter"])
        expect(await podsOf("gpu-system", `app.kubernetes.io/name=${daemon}`)).toEqual(everywhere);
    });

    it("goes without a trace but the name of its vault, which Azure keeps", async () => {
      await stack.destroy();
      const left = readdirSync(state).map((file) => JSON.parse(readFileSync(path.join(state, file), "utf8")).id);
      expect(left).toEqual([expect.stringMatching(/^deleted:kv-/)]);
      expect(await kubectl("get", "namespaces", "--output=name")).not.toMatch(/azure-test|gpu-system/);
      stack = await open(); // for what tidies up after a failure
    });
  },
);
