import { afterAll, vi } from "vitest";

import { spending } from "../../tools/lib/processor-time";

declare module "vitest" {
  interface TaskMeta {
    /** Of a file: processor time of its worker and of the worker's ended children, from before the file is read to after its last hook. */
    processorSeconds?: number;
  }
}

// This runs before each file of tests is read; of hooks at the same level, the one that was registered first ends last.
const spent = spending();
// biome-ignore lint/correctness/noEmptyPattern: Vitest reads which fixtures a hook asks for from its first argument
afterAll(({}, { file }) => {
  file.meta.processorSeconds = spent().processorSeconds;
});

// Files that share a process share its clock.
afterAll(() => void vi.useRealTimers());

// Pulumi takes the stack of each promise and of each resource, for messages that no test reads: mapping them to sources was a quarter of the units' time.
const mapped = Error.prepareStackTrace;
if (mapped)
  Error.prepareStackTrace = (error, stack) => (stack[0]?.getFileName()?.includes("/@pulumi/pulumi/") ? `${error}` : mapped(error, stack));
