import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import type { PoolOptions, PoolWorker, WorkerRequest } from "vitest/node";

import { WarmPool } from "../../../tools/mutate/warm-worker";

/** A pool whose processes write down what they are given. */
function pool() {
  const reported: string[] = [];
  const processes: EventEmitter[] = [];
  const warm = new WarmPool((): PoolWorker => {
    const events = new EventEmitter();
    const number = processes.push(events);
    return {
      name: "process",
      start: async () => void reported.push(`start ${number}`),
      stop: async () => void reported.push(`stop ${number}`),
      send: ({ type }) => void reported.push(`${type} to ${number}`),
      on: (event, listener) => void events.on(event, listener),
      off: (event, listener) => void events.off(event, listener),
      deserialize: (data) => data,
    };
  });
  return { warm, reported, processes };
}

/** What Vitest does with a worker for each run. */
async function run({ warm }: ReturnType<typeof pool>): Promise<unknown[]> {
  const worker = warm.createPoolWorker({} as PoolOptions);
  const answers: unknown[] = [];
  await worker.start();
  worker.on("message", (message) => void answers.push(message));
  for (const type of ["start", "run", "stop"]) worker.send({ type } as WorkerRequest);
  await new Promise(setImmediate);
  await worker.stop();
  return answers.map((message) => (message as { type: string }).type);
}

it("one process serves all runs: it is started once, and stopped by none", async () => {
  const one = pool();
  expect(await run(one)).toEqual(["stopped"]);
  expect(await run(one)).toEqual(["started", "stopped"]);
  expect(one.reported).toEqual(["start 1", "start to 1", "run to 1", "run to 1"]);
});

it("a run leaves no listener behind but the pool's own", async () => {
  const one = pool();
  await run(one);
  expect(one.processes[0]!.eventNames()).toEqual(["exit"]);
});

it("a run after the end, or after the process went away, has a process of its own", async () => {
  const one = pool();
  await run(one);
  await one.warm.end();
  await run(one);
  one.processes[1]!.emit("exit");
  await run(one);
  expect(one.reported.filter((line) => line.startsWith("start ") || line.startsWith("stop "))).toEqual([
    "start 1",
    "start to 1",
    "stop 1",
    "start 2",
    "start to 2",
    "start 3",
    "start to 3",
  ]);
});
