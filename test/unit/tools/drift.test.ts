import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { eventsOf } from "../../../tools/lib/events";
import { Failure, UserError } from "../../../tools/lib/fault";
import { runCommand } from "../../support/commands";
import { environmentFile } from "../../support/environments";

vi.setConfig({ testTimeout: 60_000 });

const { world } = vi.hoisted(() => ({ world: { results: [] as object[], failed: false, opened: [] as string[] } }));
vi.mock("../../../tools/lib/environment", () => ({ readEnvironment: (name: string) => environmentFile(name) }));
vi.mock("../../../tools/lib/stack", () => ({
  Stack: {
    open: async ({ name }: { name: string }) => {
      world.opened.push(name);
      const log = world.results.map((metadata) => `${JSON.stringify({ resOutputsEvent: { metadata } })}\n`).join("");
      return { driftEvents: async () => ({ events: eventsOf(log), ...(world.failed ? { failure: new Failure("no way in") } : {}) }) };
    },
  },
}));

let printed = "";
beforeEach(() => {
  Object.assign(world, { results: [], failed: false, opened: [] });
  printed = "";
  vi.stubEnv("ENV", "prod").stubEnv("JSON", "");
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  process.exitCode = undefined;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
const drifted = { op: "delete", type: "kubernetes:core/v1:Service", urn: "a::b::chat" };

it("ends with 0 where nothing differs, and with 1 where something does", async () => {
  await runCommand("drift");
  expect([printed, process.exitCode, world.opened]).toEqual(["prod: no drift\n", 0, ["prod"]]);
  world.results = [drifted];
  await runCommand("drift");
  expect([printed.includes("chat (kubernetes:core/v1:Service): is gone"), process.exitCode]).toEqual([true, 1]);
});

it("ends as a fault, with 2, where nobody could be asked", async () => {
  world.failed = true;
  await expect(runCommand("drift")).rejects.toThrow(
    new UserError("the cluster could not be compared: no way in", "correct what it says, and ask again"),
  );
});

it("tells machines the same, and compares the lab unless set otherwise", async () => {
  vi.stubEnv("ENV", "").stubEnv("JSON", "1");
  world.results = [drifted];
  await runCommand("drift");
  expect(JSON.parse(printed)).toEqual([
    { name: "chat", type: "kubernetes:core/v1:Service", gone: true, properties: [], expected: [], real: true },
  ]);
  expect(world.opened).toEqual(["lab"]);
});
