import execa from "execa";

import type { EngineEnv } from "../lib/engine";
import { Failure, UserError } from "../lib/fault";

/** Seconds that an engine may take to say anything. */
const timeoutSeconds = 15;

/** Runs Docker's client, with what it is to read; returns what it prints. */
export async function docker(args: readonly string[], input?: string): Promise<string> {
  const { failed, stdout, stderr } = await execa("docker", [...args], { reject: false, ...(input === undefined ? {} : { input }) });
  if (failed) throw new Failure(`docker ${args[0]}: ${stderr.trim()}`);
  return stdout;
}

/** What a Docker engine says of itself, as far as it is read here. */
export interface EngineInfo {
  readonly memoryMib: number;
  /** Whether containers can have its GPUs. */
  readonly gpu: boolean;
}

/** What the engine says of itself; undefined: there is no client, or no engine answers it. */
export async function engineInfo(): Promise<EngineInfo | undefined> {
  const { failed, stdout } = await execa("docker", ["info", "--format", "{{json .}}"], { reject: false, timeout: timeoutSeconds * 1000 });
  if (failed) return undefined;
  const said = JSON.parse(stdout) as {
    MemTotal?: number;
    Runtimes?: Readonly<Record<string, unknown>>;
    DiscoveredDevices?: readonly { readonly ID?: string }[];
  };
  if (!said.MemTotal) return undefined;
  const devices = said.DiscoveredDevices ?? [];
  return {
    memoryMib: Math.floor(said.MemTotal / 2 ** 20),
    gpu: Object.hasOwn(said.Runtimes ?? {}, "nvidia") || devices.some(({ ID = "" }) => /^nvidia\.com\/gpu=/.test(ID)),
  };
}

/** The same, or a fault in one line. */
export async function requireEngine(): Promise<EngineInfo> {
  const info = await engineInfo();
  if (info) return info;
  const { failed } = await execa("docker", ["--version"], { reject: false });
  if (failed) throw new UserError("docker: not found on PATH", "install Docker: https://docs.docker.com/get-started/get-docker");
  const where = (await endpoint()) ?? "its default address";
  throw new UserError(
    `Docker does not answer at ${where}`,
    "start Docker Desktop or the Docker service, or choose another: docker context ls",
  );
}

/** Where the client finds its engine, by its variables or its context. */
async function endpoint(): Promise<string | undefined> {
  if (process.env["DOCKER_HOST"]) return process.env["DOCKER_HOST"];
  const format = "{{.Endpoints.docker.Host}}";
  const { failed, stdout } = await execa("docker", ["context", "inspect", "--format", format], { reject: false });
  return failed || !stdout ? undefined : stdout.trim();
}

/** Variables by which Pulumi's plugin finds the same engine: it knows no contexts. */
export async function dockerVariables(): Promise<EngineEnv> {
  const host = await endpoint();
  return host ? { DOCKER_HOST: host } : {};
}
