/** A mistake that the user can fix: reported in plain words, without a stack trace, and with exit code 2. */
export class UserError extends Error {
  override readonly name = "Fault";

  /** `what` went wrong, with the value received; `fix` says what to do about it. */
  constructor(what: string, fix: string) {
    super(`${what}\n  fix: ${fix}`);
  }
}

/** The step did what it could and the answer is no: the message says why. Exit code 1, no stack trace. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** Runs a command's `main`; a fault ends it with exit code 2, a failure with 1, and a bug of ours with 1 and its stack. */
export function command(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    if (error instanceof UserError || error instanceof Failure)
      console.error(`${error instanceof UserError ? "error: " : "failed: "}${error.message}`);
    else console.error(error);
    process.exit(error instanceof UserError ? 2 : 1);
  });
}
