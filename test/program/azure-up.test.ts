import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { files } from "../../lab/layout";
import { poolsOf } from "../../lib/azure/pools";
import { AzureStack, type Settings } from "../support/azure";
import { azurePlan } from "../support/azure-plan";
import { apply, kubectl } from "../support/lab";
import { simulatedNodes, simulatedSelector } from "../support/simulated-pool";

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

/** Prod, but for what would keep a test from tidying up after itself. */
const shaped = (config: Settings): void => {
  config["slm:azure"].protect = false;
};
const size = "Standard_NV36ads_A10_v5";
/** A change that AKS cannot make in place. */
const replaced = (config: Settings): void => {
  shaped(config);
  config["slm:azure"].pools[size].osDiskGib = 512;
};

let stack: AzureStack;
beforeAll(async () => {
  await kubectl("delete", "namespace", "slm-prod", "gpu-system", "--ignore-not-found"); // what a failed run left, whose state is gone
  await kubectl("delete", "nodes", simulatedSelector);
  // Simulated nodes run no server: the pods of the models are those of the test's own program, on the pools of the project's.
  stack = await AzureStack.open("prod", shaped, {
    variables: { SLM_AZURE_STANDIN_KUBECONFIG: files.kubeconfig },
    main: "test/program/stand-in/index.ts",
  });
});
afterAll(async () => {
  await stack?.run(["destroy", "--yes", "--skip-preview"]);
  await kubectl("delete", "nodes", "--selector=slm.dev/pool-key=nv36ads-a10-v5");
  stack?.remove();
});

/** Two simulated nodes of the pool, as the autoscaler would add them. */
async function join(config: Settings): Promise<string> {
  const { "slm:azure": azure, "slm:models": models, "slm:region": region } = config;
  const planned = azurePlan("prod", region, models);
  const pool = poolsOf(planned, azure).find((candidate) => candidate.size === size)!;
  await apply(...simulatedNodes(pool, 2, { cpu: 36, memoryGib: 440, gpus: 1, diskGib: 256 }));
  return pool.name;
}

const nodeOfModel = (): Promise<string> =>
  kubectl("get", "pods", "--namespace=slm-prod", "--selector=app=chat", "--output=jsonpath={.items[*].spec.nodeName}");

it("comes up, replaces a pool without leaving the model homeless, and goes without a trace", async () => {
  const first = await join(stack.settings());
  const up = await stack.run(["up", "--yes", "--skip-preview"]);
  expect(up.exitCode, up.said).toBe(0);
  expect(up.said).toMatch(/\+ \d+ created/);
  expect(await nodeOfModel()).toContain(`aks-${first}-`);
  expect(stack.made().filter((id) => id.endsWith(`/agentPools/${first}`))).toHaveLength(1);

  stack.configure(replaced);
  const steps = await stack.steps();
  expect(steps["nv36ads-a10-v5-pool"]!.replaces).toEqual(["agentPoolName"]);
  const second = await join(stack.settings());
  expect(second).not.toBe(first);
  const again = await stack.run(["up", "--yes", "--skip-preview"]);
  expect(again.exitCode, again.said).toBe(0);
  // One line for each step: the new pool is there, the model has moved, and then the old pool goes.
  const order = [
    "AgentPool nv36ads-a10-v5-pool created replacement",
    "Deployment chat updated",
    "AgentPool nv36ads-a10-v5-pool deleted original",
  ].map((line) => again.said.indexOf(line));
  expect(
    order.every((position) => position > 0),
    again.said,
  ).toBe(true);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  expect(await nodeOfModel()).toContain(`aks-${second}-`);
  expect(stack.made().filter((id) => id.includes("/agentPools/g"))).toEqual([expect.stringMatching(new RegExp(`/agentPools/${second}$`))]);

  const down = await stack.run(["destroy", "--yes", "--skip-preview"]);
  expect(down.exitCode, down.said).toBe(0);
  expect(stack.made()).toEqual([]);
  expect(await kubectl("get", "namespaces", "--output=name")).not.toMatch(/slm-prod|gpu-system/);
});
