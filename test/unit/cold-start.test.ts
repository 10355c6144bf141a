import fc from "fast-check";
import { it } from "vitest";

import { type ColdStart, deadlineSeconds, stagesSeconds, startupProbe } from "../../lib/cold-start";

const seconds = fc.integer({ min: 1, max: 7200 });
const budget: fc.Arbitrary<ColdStart> = fc.record({ imageSeconds: seconds, weightsSeconds: seconds, loadSeconds: seconds });

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
