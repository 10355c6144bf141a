/** Prints what a long step does: one line that rewrites itself on a terminal, a line every 15 seconds elsewhere. */
export class Progress {
  private readonly started = Date.now();
  private printed = 0;
  private timer: NodeJS.Timeout | undefined;
  private state = "";
  /** 0 to 1 when known. */
  private share: number | undefined;

  /** `expectedSeconds` is what the step took on 2 cores when it was last measured: it only feeds the estimate of what is left. */
  constructor(
    private readonly title: string,
    private readonly expectedSeconds: number,
  ) {
    this.timer = setInterval(() => this.print(), process.stderr.isTTY ? 500 : 1000);
    this.timer.unref();
    this.print();
  }

  /** Says what is being done, and how much of it is over (0 to 1) when that is known. */
  update(state: string, share?: number): void {
    this.state = state;
    this.share = share;
  }

  /** Ends the step's line. */
  done(outcome = "done"): void {
    clearInterval(this.timer);
    this.write(`${this.title}: ${outcome} in ${duration(this.seconds())}`, true);
  }

  fail(): void {
    clearInterval(this.timer);
    this.write(`${this.title}: failed after ${duration(this.seconds())}`, true);
  }

  private seconds(): number {
    return (Date.now() - this.started) / 1000;
  }

  private print(): void {
    const now = Date.now();
    if (!process.stderr.isTTY && now - this.printed < 15_000) return;
    this.printed = now;
    const spent = this.seconds();
    const byClock = this.expectedSeconds - spent;
    const byShare = this.share && this.share > 0.05 ? (spent / this.share) * (1 - this.share) : Number.POSITIVE_INFINITY;
    // Units of work differ in size, so the share alone guesses far too much at the start; the clock alone knows no slow machine.
    const left = byClock > 0 ? Math.min(byClock, byShare) : Number.isFinite(byShare) ? byShare : 0;
    const parts = [this.state, spent >= 1 ? duration(spent) : "", `about ${duration(left)} left`].filter(Boolean);
    this.write(`${this.title}: ${parts.join(" · ")}`, false);
  }

  private write(line: string, last: boolean): void {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}${last ? "\n" : ""}`);
    else process.stderr.write(`${line}\n`);
  }
}

/** `95` seconds → `1m35s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole}s` : `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}s`;
}
