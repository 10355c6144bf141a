import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";

import { locked } from "../../tools/build/lock";
import { build } from "../../tools/build/recipe";
import { debianDaemons, debianDocker } from "../../tools/build/recipes";
import { Failure } from "../../tools/lib/fault";
import { cache, labName } from "../../tools/lib/paths";
import { groupsOf, groupTree, requireMachine } from "../preflight";
import { controlGroup, dockerHost, files, home, registry } from "./layout";

/** Seconds for the engine to answer; it takes one on an idle machine. */
const timeoutSeconds = 60;

/** Whether the engine lives: its first process holds a kernel lock. */
export async function isUp(): Promise<boolean> {
  if (!existsSync(files.initLock)) return false;
  return (await execa("flock", ["--nonblock", files.initLock, "true"], { reject: false })).failed;
}

/** Brings the engine up; one that lives is left as it is, with what runs on it. */
export async function up(): Promise<void> {
  await requireMachine();
  const waiting = (): void => console.error("waiting for another run that brings the Docker engine up");
  await locked(path.join(cache, `${labName}-docker-up.lock`), waiting, async () => {
    if (!(await isUp())) await start();
    await answers();
  });
}

async function start(): Promise<void> {
  const [docker, daemons] = await build([debianDocker, debianDaemons]);
  await clearRemains();
  for (const folder of [files.run, files.data, files.registry, files.logs, files.temporary])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(files.registryConfig, JSON.stringify(registryConfig));
  const log = openSync(path.join(files.logs, "init.log"), "a");
  const lock = openSync(files.initLock, "w");
  const namespaces = ["--pid", "--fork", "--mount-proc", "--net", "--ipc", "--propagation", "private"];
  const init = [path.join(__dirname, "init.sh"), home, docker!, daemons!, controlGroup];
  // The lock is a descriptor of everything that the engine starts, and so ends with the last of it.
  const child = spawn("sh", ["-c", 'flock --nonblock 3 && exec "$@"', "sh", "unshare", ...namespaces, ...init], {
    detached: true,
    stdio: ["ignore", log, log, lock],
  });
  child.unref();
  for (const ours of [log, lock]) closeSync(ours); // the lock would be held as long as this process runs
  writeFileSync(files.initPid, await firstProcess(child.pid!));
}

const registryConfig = {
  version: "0.1",
  log: { level: "warn", accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: files.registry } },
  http: { addr: registry },
};

/** The process that is the first in the new namespace: the only child of `unshare`. Before it is that, the shell has `flock` for a child. */
async function firstProcess(parent: number): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const { stdout: program } = await execa("ps", ["--pid", String(parent), "--format", "comm="], { reject: false });
    const { stdout } = await execa("pgrep", ["--parent", String(parent)], { reject: false });
    if (program === "unshare" && stdout) return stdout.split("\n")[0]!;
    await sleep(50);
  }
  throw new Failure(`the Docker engine did not start; see ${files.logs}/init.log`);
}

async function answers(): Promise<void> {
  for (const end = Date.now() + timeoutSeconds * 1000; Date.now() < end; await sleep(200))
    if (!(await docker(["info"], { reject: false })).failed) return;
  throw new Failure(`the Docker engine did not answer in ${timeoutSeconds} s; see ${files.logs}/dockerd.log`);
}

/** Folder of Docker's client. */
export const clientFolder = async (): Promise<string> => path.join((await build([debianDocker]))[0]!, "usr/bin");

/** Runs Docker's client on the engine. */
export const docker = async (args: readonly string[], options: execa.Options = {}): Promise<execa.ExecaReturnValue> =>
  execa(path.join(await clientFolder(), "docker"), [...args], { ...options, env: { ...options.env, DOCKER_HOST: dockerHost } });

/** A command as it runs where the engine's published ports are: in its network. */
export const inside = (command: readonly string[]): [string, string[]] => [
  "nsenter",
  [`--net=/proc/${readFileSync(files.initPid, "utf8").trim()}/ns/net`, "--", ...command],
];

/** Ends the engine and removes all of its state but the logs. */
export async function down(): Promise<void> {
  if (await isUp()) {
    process.kill(Number(readFileSync(files.initPid, "utf8")), "SIGKILL"); // the kernel ends every other process of its namespace
    await execa("flock", ["--timeout", "30", files.initLock, "true"]);
  }
  await clearRemains();
  for (const left of [files.data, files.registry, files.registryConfig, files.temporary, path.dirname(files.images)])
    rmSync(left, { recursive: true, force: true });
}

/** What processes leave that were all killed; mounts, interfaces and firewall rules ended with the namespaces. */
async function clearRemains(): Promise<void> {
  rmSync(files.run, { recursive: true, force: true });
  for (let tries = 0; groupsOf(controlGroup).length > 0; tries++) {
    for (const folder of groupsOf(controlGroup).flatMap(groupTree)) {
      try {
        rmdirSync(folder); // the kernel lets a group go a moment after its last process
      } catch (error) {
        if (tries > 100) throw error;
      }
    }
    await sleep(50);
  }
}
