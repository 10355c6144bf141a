/** One mistake in what a user wrote: where, what was there, what is allowed, and how to fix it. */
export interface Fault {
  readonly path: string;
  readonly value: unknown;
  readonly bound: string;
  readonly fix: string;
  /** Set where a preview can do without what is missing. */
  readonly neededBy?: "update";
}

/** `models.chat.contextTokens: must be at most 131,072, got 200000; lower it or choose a model with a longer context`. */
export function faultMessage({ path, value, bound, fix }: Fault): string {
  const shown = value === undefined ? "nothing" : JSON.stringify(value);
  return `${path}: ${bound}, got ${shown}; ${fix}`;
}
