import { afterAll, beforeAll, expect, it } from "vitest";

import { Stack } from "../../tools/lib/stack";
import { labEnvironment } from "../support/lab";

const name = "verification-test";

/** The lab's model, which answers; with `stop`, the first letter of its answer ends it. */
const environment = (stop?: string[]) =>
  labEnvironment(name, (settings) => {
    Object.assign(settings["slm:models"]["smollm2"]!, {
      coldStart: { loadSeconds: 300 },
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
