import { AzureError } from "./azure-error";

/** How many changes Azure takes: so many at once, and so many more each second. */
export interface Limit {
  readonly burst: number;
  readonly perSecond: number;
}

/** What Resource Manager takes of one identity in one subscription and region (azure-docs, request-limits-and-throttling.md). */
export const writesOfSubscription: Limit = { burst: 200, perSecond: 10 };

/** A bucket of what may be asked: each change takes one, and time fills it again. */
export class Throttle {
  private left: number;
  private since: number;

  constructor(
    private readonly limit: Limit | undefined,
    private readonly now: () => number,
  ) {
    this.left = limit?.burst ?? 0;
    this.since = now();
  }

  /** Takes one; throws what Azure answers where there is none. */
  take(): void {
    if (!this.limit) return;
    const { burst, perSecond } = this.limit;
    const now = this.now();
    this.left = Math.min(burst, this.left + ((now - this.since) / 1000) * perSecond);
    this.since = now;
    if (this.left < 1)
      throw new AzureError(429, "TooManyRequests", "too many requests in this subscription", Math.ceil((1 - this.left) / perSecond));
    this.left -= 1;
  }
}
