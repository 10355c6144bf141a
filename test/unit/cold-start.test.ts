import fc from "fast-check";
import { expect, it } from "vitest";

import { type ColdStart, deadlineSeconds, lostNodeSeconds, stagesSeconds, startupProbe } from "../../lib/cold-start";
import { drains, graceSeconds } from "../../lib/drain";

const seconds = fc.integer({ min: 1, max: 7200 });
const budget: fc.Arbitrary<ColdStart> = fc.record({ imageSeconds: seconds, weightsSeconds: seconds, loadSeconds: seconds });

it("adds up its three stages", () => expect(stagesSeconds({ imageSeconds: 1, weightsSeconds: 20, loadSeconds: 300 })).toBe(321));

it.each([
  [0, 0],
  [1, 2],
  [2, 3],
  [101, 152],
  [600, 900],
])("a budget of %d s has a deadline of %d s: half again as long, in whole seconds", (totalSeconds, deadline) =>
  expect(deadlineSeconds({ totalSeconds })).toBe(deadline),
);

it.each([
  [1, 1],
  [2, 1],
  [3, 2],
  [180, 90],
  [181, 91],
])("a load of %d s has a startup probe that asks %d times, every 2 s", (loadSeconds, failureThreshold) =>
  expect(startupProbe({ loadSeconds })).toEqual({ periodSeconds: 2, failureThreshold }),
);

it("gives the deadline more than the budget, so that what fails says why before it is cut off", () => {
  fc.assert(fc.property(budget, (b) => deadlineSeconds({ totalSeconds: stagesSeconds(b) }) > stagesSeconds(b)));
});

it("lets the startup probe ask for at least as long as loading may take", () => {
  fc.assert(
    fc.property(budget, (b) => {
      const { periodSeconds, failureThreshold } = startupProbe(b);
      return periodSeconds * failureThreshold >= b.loadSeconds;
    }),
  );
});

it("knows how long a lost node holds up what ran there, and longer what a volume of one node holds", () => {
  expect([lostNodeSeconds({ exclusiveVolume: false }), lostNodeSeconds({ exclusiveVolume: true })]).toEqual([390, 750]);
});

it("drains vLLM and the ONNX server by themselves, and waits for Ollama, which would cut its requests off", () => {
  expect(drains).toEqual({
    vllm: { preStopSeconds: 15, waitSeconds: 0, shutdownSeconds: 45 },
    onnx: { preStopSeconds: 15, waitSeconds: 0, shutdownSeconds: 45 },
    ollama: { preStopSeconds: 15, waitSeconds: 45, shutdownSeconds: 0 },
  });
});

it("kills what is left 15 s after every stage of the drain is over", () => {
  expect(graceSeconds({ preStopSeconds: 1, waitSeconds: 20, shutdownSeconds: 300 })).toBe(336);
});
