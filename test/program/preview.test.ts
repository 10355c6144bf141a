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
    "preview-test": "create",
    cluster: "create",
    namespace: "create",
    "namespace-deny-all": "create",
    "namespace-dns": "create",
    "namespace-limits": "create",
    "namespace-quota": "create",
    "namespace-servers-answer": "create",
    "namespace-verifier-asks": "create",
    smollm2: "create",
    "smollm2-all-pods": "create",
    "smollm2-disruption": "create",
    "smollm2-new-pods": "create",
    "smollm2-server": "create",
    "smollm2-service": "create",
    "smollm2-verified": "create",
  });
  expect(await kubectl("get", "namespaces", "--output=name")).not.toContain("preview-test");
});

it("loads the policy pack with the engine's own policy host", async () => {
  const shown = await stack.pulumi(["preview", ...stack.policies()], { quiet: true });
  expect(shown).toMatch(/Policies:\s+\S+ slm@v0\.1\.0/);
});
