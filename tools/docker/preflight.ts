import { createServer } from "node:net";

import execa from "execa";
import { gatewayMemoryMib } from "../../components/local/local-gateway";
import { grafanaMemoryMib, prometheusMemoryMib } from "../../components/local/local-monitoring";
import { environmentLabel } from "../../components/local/names";
import { type DockerSection, dockerDefaults, portsOf, type TakenPort } from "../../lib/environment/docker-config";
import { planOf } from "../../lib/environment/plan-request";
import type { EnvironmentPlan } from "../../lib/planner/types";
import type { EnvironmentFile } from "../lib/environment";
import { UserError } from "../lib/fault";
import { docker, type EngineInfo, requireEngine } from "./client";

/** Refuses, before anything is made, what this machine has no room for: each mistake in one line, all at once. */
export async function requireMachine({ name, file, environment }: EnvironmentFile): Promise<void> {
  const info = await requireEngine();
  const section = environment.docker ?? dockerDefaults;
  const mistakes = [...roomFaults(planOf(environment), info, section)];
  for (const port of portsOf(section)) mistakes.push(...(await portFaults(name, port)));
  if (mistakes.length > 0)
    throw new UserError(`${file} does not fit this machine:\n${mistakes.join("\n")}`, "each line says what to change");
}

/** What a plan asks for that a Docker engine does not have. */
export function roomFaults({ models }: EnvironmentPlan, { memoryMib, gpu }: EngineInfo, section: DockerSection = dockerDefaults): string[] {
  const parts = [
    ...models.map(({ name, pod }) => [name, pod.memoryMib] as const),
    ["the gateway", gatewayMemoryMib] as const,
    ...(section.monitoring ? [["Prometheus", prometheusMemoryMib] as const] : []),
    ...(section.monitoring?.grafanaPort === undefined ? [] : [["Grafana", grafanaMemoryMib] as const]),
  ];
  const needed = parts.reduce((sum, [, mib]) => sum + mib, 0);
  const each = parts.map((part) => part.join(" ")).join(", ");
  return [
    ...(needed > memoryMib
      ? [
          `✖ models: must fit ${memoryMib} MiB of memory, which Docker has, got ${needed} MiB (${each}): ` +
            "a smaller model, contextTokens or quantization, or more memory for Docker",
        ]
      : []),
    ...models
      .filter(({ pod }) => pod.gpuCount > 0 && !gpu)
      .map(
        ({ name }) =>
          `✖ models.${name}: must run on the CPU (cpu: true), since Docker reports no GPU that containers can have; or install the NVIDIA Container Toolkit`,
      ),
  ];
}

/** A port that somebody else has, and who. The environment's own containers may have it. */
async function portFaults(environment: string, { setting, address, port }: TakenPort): Promise<string[]> {
  const own = [`--filter=label=${environmentLabel}=${environment}`];
  if (await docker(["ps", "--quiet", ...own, `--filter=publish=${port}`])) return [];
  if (await isFree(address, port)) return [];
  const holder = (await containerAt(port)) ?? (await processAt(port)) ?? "a process that this user may not see";
  return [`✖ ${setting}: must be free, and ${holder} listens at ${port}: end it, or choose another port`];
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });

async function containerAt(port: number): Promise<string | undefined> {
  const name = (await docker(["ps", "--format={{.Names}}", `--filter=publish=${port}`])).split("\n")[0];
  return name ? `the container ${name}` : undefined;
}

/** The process that listens, as the system's own tools tell: ss on Linux, lsof elsewhere. */
async function processAt(port: number): Promise<string | undefined> {
  const ss = await execa("ss", ["--listening", "--tcp", "--numeric", "--processes", "--no-header", `sport = :${port}`], { reject: false });
  const [, name, pid] = /"([^"]+)",pid=(\d+)/.exec(ss.stdout ?? "") ?? [];
  if (name) return `${name} (process ${pid})`;
  const lsof = await execa("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"], { reject: false });
  const [, process, command] = /^p(\d+)\n(?:.*\n)*?c(.+)$/m.exec(lsof.stdout ?? "") ?? [];
  return process ? `${command} (process ${process})` : undefined;
}
