import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that a test started, on 127.0.0.1. */
export interface Running {
  readonly address: string;
  readonly pid: number;
  /** Ends it, as `kill -9` does. */
  kill(): Promise<void>;
}

let lastPort = 20_000 + Math.floor(Math.random() * 12_000);

/**
 * A port that nobody listens on. It is below those that the kernel gives to connections, so that none takes it before the program that it is
 * meant for is up; each process of tests starts somewhere else, and gives none twice.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    lastPort = lastPort < 32_000 ? lastPort + 1 : 20_000;
    const server = createTcpServer().listen(lastPort, "127.0.0.1");
    const free = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return lastPort;
  }
}

/** Starts a program that serves HTTP at a port, and waits `seconds` until `ready` answers 200. Its output is in `<folder>/<name>.log`. */
export async function start(
  name: string,
  folder: string,
  command: string[],
  port: number,
  ready: string,
  { cwd = folder, seconds = 120 }: { cwd?: string; seconds?: number } = {},
): Promise<Running> {
  mkdirSync(folder, { recursive: true });
  const log = openSync(path.join(folder, `${name}.log`), "a");
  const child: ChildProcess = spawn(command[0]!, command.slice(1), { cwd, stdio: ["ignore", log, log], detached: true });
  const address = `127.0.0.1:${port}`;
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid!, "SIGKILL");
    await once(child, "exit");
  };
  for (const end = Date.now() + seconds * 1000; ; await sleep(200)) {
    if (await answers(`http://${address}${ready}`)) return { address, pid: child.pid!, kill };
    if (child.exitCode !== null || Date.now() > end) {
      await kill();
      throw new Error(`${name} did not come up:\n${readFileSync(path.join(folder, `${name}.log`), "utf8").slice(-2000)}`);
    }
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    ({ ok }) => ok,
    () => false,
  );

/** Writes a configuration, as JSON, and returns its path. */
export function configFile(folder: string, name: string, value: unknown): string {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, name);
  writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value, null, 2));
  return file;
}

/** An alert, as Alertmanager tells a webhook. */
export interface Notification {
  status: "firing" | "resolved";
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** A receiver of webhooks that keeps what it is given. */
export async function listen(host = "127.0.0.1"): Promise<{ url: string; port: number; notifications: Notification[]; server: Server }> {
  const notifications: Notification[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    notifications.push(...(JSON.parse(body) as { alerts: Notification[] }).alerts);
    response.end();
  }).listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, port, notifications, server };
}

/** A port in front of another one, which can be blocked as a firewall blocks one: what comes is dropped without an answer. */
export async function blockable(port: number): Promise<{ port: number; block(blocked: boolean): void; close(): void }> {
  let blocked = false;
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket.on("close", () => open.delete(socket)).on("error", () => socket.destroy()));
    if (blocked) return;
    const inner = connect(port, "127.0.0.1").on("error", () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const drop = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    block: (wanted) => {
      blocked = wanted;
      drop();
    },
    close: () => {
      drop();
      server.close();
    },
  };
}

/** Resident memory of a process, in MiB. */
export const residentMib = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;

/** Processor time that a process has used, in seconds; the kernel counts in hundredths. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** One sample of an answer. */
export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** Asks Prometheus; throws what it says against the query. */
export async function query(prometheus: string, expr: string): Promise<Sample[]> {
  const response = await fetch(`http://${prometheus}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query: expr }) });
  const { status, error, data } = (await response.json()) as { status: string; error?: string; data: { result: Sample[] } };
  if (status !== "success") throw new Error(`${expr}: ${error}`);
  return data.result;
}

/** Waits until `condition` gives something, and returns that and how many seconds it took. */
export async function until<T>(
  condition: () => T | undefined | Promise<T | undefined>,
  seconds: number,
  what: string,
): Promise<[T, number]> {
  const started = Date.now();
  for (;;) {
    const found = await condition();
    const took = (Date.now() - started) / 1000;
    if (found !== undefined) return [found, took];
    if (took > seconds) throw new Error(`${what} did not happen in ${seconds} s`);
    await sleep(200);
  }
}
