import { command } from "../../tools/lib/fault";
import { Stack } from "../../tools/lib/stack";
import { labEnvironment } from "./lab";

/** `up.ts <namespace> <memoryMib>`: brings the lab's environment up as a process of its own, so that a test can interrupt it. */
const [namespace, memoryMib] = process.argv.slice(2);

command(async () => {
  const environment = labEnvironment(namespace!, (settings) => {
    settings["slm:models"]["smollm2"]!["memoryMib"] = Number(memoryMib);
  });
  await (await Stack.open(environment)).up();
});
