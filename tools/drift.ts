import { driftOf, driftText, isReal } from "./drift/drift";
import { readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { Stack } from "./lib/stack";

/**
 * Compares an environment with its state, and changes neither; JSON=1 for machines. Exit code 0: nothing differs but what others are meant to
 * set; 1: something does; 2: it could not be asked.
 */
command(async () => {
  const name = process.env["ENV"] || "lab";
  const stack = await Stack.open(readEnvironment(name));
  const { events, failure } = await stack.driftEvents();
  if (failure) throw new UserError(`the cluster could not be compared: ${failure.message}`, "correct what it says, and ask again");
  const drifts = driftOf(events);
  process.stdout.write(
    process.env["JSON"]
      ? `${JSON.stringify(
          drifts.map((drift) => ({ ...drift, real: isReal(drift) })),
          null,
          2,
        )}\n`
      : driftText(name, drifts),
  );
  process.exitCode = drifts.some(isReal) ? 1 : 0;
});
