import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "../lib/fault";
import type { Figure } from "./figures";

/** What is asked of the machine that a server runs on. */
export interface Server {
  /** Memory in use, in MiB: of the largest, where there are several. */
  memoryMib(): Promise<number>;
  /** Size of a folder or file that the server sees, in MiB. */
  diskMib(path: string): Promise<number>;
  /** Starts it again, and returns the seconds until it is ready, by `answers` where nothing else tells. */
  restart(answers: () => Promise<boolean>): Promise<number>;
}

/** A figure, or what the machine said in place of it. */
export async function known(asked: () => Promise<number>): Promise<Figure> {
  try {
    return await asked();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { unknown: error.message.trim().split("\n")[0]! };
  }
}

/** Pause between two looks at a server's memory, in seconds. */
const pauseSeconds = 1;

/** Runs `use`, and returns the most memory that a server took meanwhile, looked at once at least. */
export async function withMemory<T>(server: Server, use: () => Promise<T>): Promise<{ result: T; memoryMib: Figure }> {
  const over = new AbortController();
  const watch = async (): Promise<Figure> => {
    let most = 0;
    do {
      const memoryMib = await known(() => server.memoryMib());
      if (typeof memoryMib !== "number") return memoryMib;
      most = Math.max(most, memoryMib);
      await sleep(pauseSeconds * 1000, undefined, { signal: over.signal }).catch(() => undefined);
    } while (!over.signal.aborted);
    return most;
  };
  const watching = watch();
  try {
    const result = await use();
    over.abort();
    return { result, memoryMib: await watching };
  } finally {
    over.abort();
    await watching;
  }
}

/** What `du -sk` prints, in MiB. */
export function sizeMib(printed: string): number {
  const [, kib] = /^(\d+)\s/.exec(printed) ?? [];
  if (kib === undefined) throw new Failure(`du: it prints no size: ${printed}`);
  return Number(kib) / 1024;
}

/** Arguments by which a server tells the size of a path, what links lead to included. */
export const sizeCommand = (path: string): string[] => ["du", "-skL", path];
