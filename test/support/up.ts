import { command } from "../../tools/lib/fault";
import { Stack } from "../../tools/lib/stack";
import { labEnvironment } from "./lab";
import { type Options, withStandIn } from "./plugin-stand-in/options";

/**
 * `up.ts <namespace> <memoryMib> [<options of the plugin's stand-in> <further arguments>]`: brings the lab's environment up as a process of its
 * own, so that a test can interrupt it.
 */
const [namespace, memoryMib, standIn, ...args] = process.argv.slice(2);

command(async () => {
  const environment = labEnvironment(namespace!, (settings) => {
    settings["slm:models"]["smollm2"]!["memoryMib"] = Number(memoryMib);
  });
  const variables = standIn ? await withStandIn(JSON.parse(standIn) as Options) : {};
  await (await Stack.open(environment, variables)).up(args);
});
