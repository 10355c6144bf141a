import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from "vitest/node";

type Listener = (message: unknown) => void;

/**
 * A pool whose one process outlives the runs: Vitest ends its workers after every run, and loading Pulumi's SDKs anew costs more than most tests.
 * "start" and "stop" reach the process once; from then on they are answered here.
 */
export class WarmPool implements PoolRunnerInitializer {
  readonly name = "warm";
  private process: PoolWorker | undefined;

  constructor(private readonly open: (options: PoolOptions) => PoolWorker) {}

  readonly createPoolWorker = (options: PoolOptions): PoolWorker => {
    const listeners: [string, Listener][] = [];
    let worker: PoolWorker;
    let warm = false;
    const answer = (type: string): void => {
      const message = { type, __vitest_worker_response__: true };
      for (const [event, listener] of [...listeners]) if (event === "message") queueMicrotask(() => listener(message));
    };
    return {
      name: this.name,
      cacheFs: true,
      start: async () => {
        warm = this.process !== undefined;
        this.process ??= this.open(options);
        worker = this.process;
        if (warm) return;
        await worker.start();
        worker.on("exit", () => {
          if (this.process === worker) this.process = undefined;
        });
      },
      stop: async () => {
        for (const [event, listener] of listeners.splice(0)) worker.off(event, listener);
      },
      send: (request: WorkerRequest) => {
        if (request.type === "start" && warm) answer("started");
        else if (request.type === "stop") answer("stopped");
        else worker.send(request);
      },
      on: (event, listener) => {
        listeners.push([event, listener]);
        worker.on(event, listener);
      },
      off: (event, listener) => worker.off(event, listener),
      deserialize: (data) => worker.deserialize(data),
    };
  };

  /** Ends the process, whatever it does; the next run starts one. */
  async end(): Promise<void> {
    const ended = this.process;
    this.process = undefined;
    await ended?.stop();
  }
}
