import { vi } from "vitest";

import * as fault from "../../tools/lib/fault";

/** Runs a command of tools/ in this process, as `make` would, and ends as its main does. */
export async function runCommand(
  name: "compare" | "doctor" | "drift" | "keys" | "lock" | "main" | "new-env" | "pin" | "plan" | "promote" | "sign",
  ...args: string[]
): Promise<void> {
  let running: Promise<void> | undefined;
  vi.resetModules();
  vi.doMock("../../tools/lib/fault", () => ({
    ...fault, // the same classes, which tests compare with
    command: (main: () => Promise<void>) => {
      running = main();
      running.catch(() => undefined);
    },
  }));
  const argv = process.argv;
  process.argv = [argv[0]!, name, ...args];
  try {
    await vi.importActual(`../../tools/${name}`);
    await running;
  } finally {
    process.argv = argv;
    vi.doUnmock("../../tools/lib/fault");
  }
}
