import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { files } from "../../lab/layout";
import { type Drift, driftOf, driftText, isReal } from "../../tools/drift/drift";
import { Stack } from "../../tools/lib/stack";
import { kubectl, labEnvironment, steps } from "../support/lab";

const name = "drift-test";
const environment = () =>
  labEnvironment(name, (settings) => {
    Object.assign(settings["slm:models"]["smollm2"]!, { coldStart: { loadSeconds: 300 } });
  });

const temporary = mkdtempSync(path.join(tmpdir(), "drift-"));
beforeAll(async () => {
  await (await Stack.open(environment())).destroy(); // what a failed run of these tests left
  await (await Stack.open(environment())).up();
});
afterAll(async () => {
  rmSync(temporary, { recursive: true });
  await (await Stack.open(environment())).destroy();
});

/** What `make drift` finds. */
async function drifted(): Promise<Drift[]> {
  const { events, failure } = await (await Stack.open(environment())).driftEvents();
  expect(failure).toBeUndefined();
  return driftOf(events);
}
const replicas = () => kubectl("get", "deployment", "smollm2-ollama", "--namespace", name, "--output=jsonpath={.spec.replicas}");
const label = () =>
  kubectl("get", "service", "smollm2", "--namespace", name, "--output=jsonpath={.metadata.labels.app\\.kubernetes\\.io/name}");
const policy = ["networkpolicy", "servers-answer", "--namespace", name] as const;
const rules = () => kubectl("get", ...policy, "--output=jsonpath={.spec.ingress}");

it("an environment as its update left it has none", async () => {
  expect(await drifted()).toEqual([]);
});

it("a number of replicas, a label and a policy that somebody changed are each named, and put right by an update that asks first", async () => {
  const before = [await replicas(), await label(), await rules()];
  await kubectl("scale", "deployment/smollm2-ollama", "--namespace", name, "--replicas=2");
  await kubectl("label", "service/smollm2", "--namespace", name, "app.kubernetes.io/name=other", "--overwrite");
  await kubectl("patch", ...policy, "--type=json", '--patch=[{"op":"replace","path":"/spec/ingress","value":[{}]}]');

  const found = await drifted();
  expect(Object.fromEntries(found.map((drift) => [drift.name, [isReal(drift), drift.properties]]))).toEqual({
    "smollm2-server": [true, ["spec.replicas"]],
    "smollm2-service": [true, [expect.stringContaining("app.kubernetes.io/name")]],
    "namespace-servers-answer": [true, ["spec.ingress[0].from", "spec.ingress[0].ports"]],
  });
  expect(driftText(name, found)).toContain(`${name}: 3 DRIFTED\n`);

  const stack = await Stack.open(environment());
  await stack.up([], { repair: true });
  expect([await replicas(), await label(), await rules()]).toEqual(before);
  expect(await drifted()).toEqual([]);
});

it("what is gone is named, and made again", async () => {
  await kubectl("delete", "poddisruptionbudget", "--all", "--namespace", name);
  expect((await drifted()).map((drift) => [drift.name, drift.gone])).toEqual([["smollm2-disruption", true]]);
  await (await Stack.open(environment())).up([], { repair: true });
  await vi.waitFor(async () => expect(await kubectl("get", "poddisruptionbudget", "--namespace", name, "--output=name")).not.toBe(""));
});

it("a state that was lost is put back from its backup, and an update then changes nothing", async () => {
  const backup = path.join(temporary, "backup.json");
  const stack = await Stack.open(environment());
  await stack.pulumi(["stack", "export", "--file", backup], { quiet: true });
  const states = path.join(files.pulumiState, ".pulumi/stacks/slm");
  for (const file of readdirSync(states).filter((one) => one.startsWith(`${name}.json`))) rmSync(path.join(states, file));

  const empty = await Stack.open(environment());
  expect((await empty.export()).deployment.resources ?? []).toEqual([]);
  await empty.pulumi(["stack", "import", "--file", backup], { quiet: true });
  expect(await steps(empty)).toEqual({});
  expect(await drifted()).toEqual([]);
});
