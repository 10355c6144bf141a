/** How an engine writes a stack trace that nobody has mapped to its sources. */
type Prepare = (error: Error, frames: readonly NodeJS.CallSite[]) => string;

/**
 * Pulumi's SDK keeps a stack trace of each of its promises, for who looks for leaks (PULUMI_DEBUG_PROMISE_LEAKS). Mapping these to the sources
 * took a sixth of the time of a large program, so they stay as they are; errors, which have a message, and the positions of resources, which
 * the SDK reads without a limit of frames, are mapped as before.
 */
export function leavePromisesUnmapped(): void {
  const mapped = Error.prepareStackTrace as Prepare | undefined;
  if (!mapped || process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) return;
  Error.prepareStackTrace = (error, frames) =>
    error.message === "" && Number.isFinite(Error.stackTraceLimit) ? "Error" : mapped(error, frames);
}
