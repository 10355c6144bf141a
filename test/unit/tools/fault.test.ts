import { afterEach, expect, it, vi } from "vitest";

import { command, Failure, UserError } from "../../../tools/lib/fault";

afterEach(() => void vi.restoreAllMocks());

/** What a command that ends so prints, and its exit code. */
async function ended(main: () => Promise<void>): Promise<[unknown, unknown]> {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const printed = vi.spyOn(console, "error").mockReturnValue();
  command(main);
  await vi.waitFor(() => expect(exit).toHaveBeenCalled(), 10_000);
  return [printed.mock.calls, exit.mock.calls];
}

const bug = new TypeError("x is undefined");
it.each<[string, Error, unknown, number]>([
  ["a mistake of the user's", new UserError("ENV is empty", "name one"), "error: ENV is empty\n  fix: name one", 2],
  ["an answer that is no", new Failure("nobody answers"), "failed: nobody answers", 1],
  ["a bug of ours, with its stack", bug, bug, 1],
])("a command ends with %s", async (_, error, printed, code) => {
  expect(
    await ended(async () => {
      throw error;
    }),
  ).toEqual([[[printed]], [[code]]]);
});

it("a mistake and an answer that is no are distinguished by name", () => {
  expect([new UserError("a", "b").name, new Failure("a").name]).toEqual(["Fault", "Failure"]);
});

it("a command that does what it should ends by itself", async () => {
  const exit = vi.spyOn(process, "exit").mockReturnValue(undefined as never);
  const done = vi.fn();
  command(async () => done());
  await vi.waitFor(() => expect(done).toHaveBeenCalled(), 10_000);
  await new Promise((resolve) => setImmediate(resolve));
  expect(exit).not.toHaveBeenCalled();
});
