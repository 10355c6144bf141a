import { afterEach, expect, it, vi } from "vitest";

import { leavePromisesUnmapped } from "../../../stacks/stack-traces";

const before = { prepare: Error.prepareStackTrace, limit: Error.stackTraceLimit };
afterEach(() => {
  Error.prepareStackTrace = before.prepare;
  Error.stackTraceLimit = before.limit;
  vi.unstubAllEnvs();
});
const mapping = (): void => {
  Error.prepareStackTrace = () => "mapped";
};

it("leaves the traces that the SDK keeps of promises as they are, and maps errors and the positions of resources", () => {
  mapping();
  leavePromisesUnmapped();
  expect(new Error().stack).toBe("Error");
  expect(new Error("not there").stack).toBe("mapped");
  const late = new Error();
  late.message = "failed to register"; // as the SDK does, with an error that it made beforehand
  expect(late.stack).toBe("mapped");
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  expect(new Error().stack).toBe("mapped");
});

it("maps all for who looks for promises that leak", () => {
  vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "true");
  mapping();
  leavePromisesUnmapped();
  expect(new Error().stack).toBe("mapped");
});

it("leaves an engine that maps nothing alone", () => {
  Error.prepareStackTrace = undefined as never;
  leavePromisesUnmapped();
  expect(Error.prepareStackTrace).toBeUndefined();
});
