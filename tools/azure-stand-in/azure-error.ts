/** What Azure answers when it does not do what it is asked. */
export class AzureError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    reason: string,
    /** Seconds after which it may be asked again. */
    readonly retryAfter?: number,
    /** Whether the resource is there nevertheless, half made. */
    readonly half = false,
  ) {
    super(`Status=${status} Code="${code}" Message="${reason}"`);
  }
}
