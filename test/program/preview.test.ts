import { afterAll, beforeAll, expect, it } from "vitest";

import { Stack } from "../../tools/lib/stack";
import { kubectl, labEnvironment, steps } from "../support/lab";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.open(labEnvironment("preview-test", () => undefined));
});
afterAll(() => stack.destroy());

it("previews the whole environment through the real engine and the lab's API server, and makes nothing", async () => {
  expect(Object.fromEntries(Object.entries(await steps(stack)).map(([name, { op }]) => [name, op]))).toEqual({
    "slm-preview-test": "create",
    cluster: "create",
    namespace: "create",
    smollm2: "create",
    "smollm2-models": "create",
    "smollm2-server": "create",
    "smollm2-service": "create",
  });
  expect(await kubectl("get", "namespaces", "--output=name")).not.toContain("preview-test");
});

it("loads the policy pack with the engine's own policy host", async () => {
  const shown = await stack.pulumi(["preview", "--policy-pack", `${__dirname}/../../policies`], { quiet: true });
  expect(shown).toMatch(/Policies:\s+\S+ slm@v0\.1\.0/);
});
