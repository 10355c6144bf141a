import { afterAll, beforeAll, expect, it } from "vitest";

import { Stack } from "../../tools/lib/stack";
import { apply, kubectl, labEnvironment } from "../support/lab";

const name = "verification-test";

/** The lab's model, which answers; with `stop`, the first letter of its answer ends it. */
const environment = (stop?: string[], more: object = {}) =>
  labEnvironment(name, (settings) => {
    Object.assign(settings["slm:models"]["smollm2"]!, {
      coldStart: { loadSeconds: 300 },
      ...more,
      ollama: { variants: { silent: stop ? { parameters: { stop } } : {} } },
    });
  });

beforeAll(async () => (await Stack.open(environment())).destroy()); // what a failed run of this test left
afterAll(async () => (await Stack.open(environment())).destroy());

it("an update fails with the reason when one name of a server does not answer, and passes once it does", async () => {
  const silent = await Stack.open(environment(["T"]));
  const { message } = await silent.pulumi(["up", "--yes", "--skip-preview"], { quiet: true }).then(
    () => new Error("it came up"),
    (error: Error) => error,
  );
  expect(message).toContain("not verified: silent answered no text");
  const stack = await Stack.open(environment());
  await stack.up();
  expect(Object.keys((await stack.outputs()).verification["smollm2"]!).sort()).toEqual(["silent", "smollm2"]);
});

it("an update fails while a ready pod of the model runs what was before, though it answers, and passes once it is gone", async () => {
  const selector = "--selector=slm-stack/role=server";
  const { items } = JSON.parse(await kubectl("get", "pods", "--namespace", name, selector, "--output=json"));
  const { metadata, spec } = items[0];
  const { "pod-template-hash": _hash, ...labels } = metadata.labels;
  const stray = { apiVersion: "v1", kind: "Pod", metadata: { name: "stray", namespace: name, labels }, spec };
  await apply({ ...stray, spec: { ...spec, nodeName: undefined } });
  await kubectl("wait", "pod/stray", "--namespace", name, "--for=condition=Ready", "--timeout=300s");
  const changed = await Stack.open(environment(undefined, { contextTokens: 1024 }));
  const { message } = await changed.pulumi(["up", "--yes", "--skip-preview"], { quiet: true }).then(
    () => new Error("it came up"),
    (error: Error) => error,
  );
  expect(message).toContain("not verified: 1 of 2 ready pods run other weights, another version or other settings");
  await kubectl("delete", "pod", "stray", "--namespace", name, "--grace-period=0", "--force");
  await changed.up();
});
