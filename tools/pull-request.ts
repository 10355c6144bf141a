import { command, UserError } from "./lib/fault";
import { destroy, prepare, reap } from "./pull-request/environment";
import { pullRequestName } from "./pull-request/lifetime";

/**
 * Environments of pull requests: `up` (N, FROM, CONTEXT, HOURS) writes the file of one and says until when it lives, before anything is made;
 * `down` (N) ends one; `reap` ends those whose time is over, one that fails does not keep the others.
 */
command(async () => {
  const { N: number = "", FROM, CONTEXT: context = "", HOURS: hours = "" } = process.env;
  const from = FROM || "pr";
  const run: Record<string, () => Promise<void>> = {
    up: () => prepare({ name: pullRequestName(number), from, context, hours }),
    down: () => destroy({ name: pullRequestName(number), from, context }),
    reap: () => reap({ from, context }),
  };
  const chosen = run[process.argv[2] ?? ""];
  if (!chosen) throw new UserError(`unknown command "${process.argv[2] ?? ""}"`, `use one of ${Object.keys(run).join(", ")}`);
  await chosen();
});
