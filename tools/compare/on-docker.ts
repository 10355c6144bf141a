import { setTimeout as sleep } from "node:timers/promises";

import { prefixOf } from "../../components/local/names";
import { docker } from "../docker/client";
import { Failure } from "../lib/fault";
import { type Server, sizeCommand, sizeMib } from "./server";

const mibOf: Readonly<Record<string, number>> = { B: 2 ** -20, KiB: 2 ** -10, MiB: 1, GiB: 2 ** 10, TiB: 2 ** 20 };

/** Memory as `docker stats` prints it: `98.5MiB / 1GiB`. */
export function memoryMibOf(printed: string): number {
  const [, value, unit] = /^([\d.]+)([KMGT]?i?B) \//.exec(printed.trim()) ?? [];
  const factor = mibOf[unit ?? ""];
  if (!factor) throw new Failure(`docker stats: it prints no memory: ${printed}`);
  return Number(value) * factor;
}

/** A server in a container. What was started again is ready when it answers at the door. */
export function dockerServer(environment: string, model: string, timeoutSeconds: number): Server {
  const container = `${prefixOf(environment)}-${model}`;
  return {
    memoryMib: async () => memoryMibOf(await docker(["stats", "--no-stream", "--format={{.MemUsage}}", container])),
    diskMib: async (path) => sizeMib(await docker(["exec", container, ...sizeCommand(path)])),
    restart: async (answers) => {
      await docker(["stop", container]);
      const began = performance.now();
      await docker(["start", container]);
      const seconds = () => (performance.now() - began) / 1000;
      while (!(await answers())) {
        if (seconds() > timeoutSeconds) throw new Failure(`it was started again, and did not answer in ${timeoutSeconds} s`);
        await sleep(100);
      }
      return seconds();
    },
  };
}
