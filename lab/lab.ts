import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";

import { locked } from "../tools/build/lock";
import { Failure } from "../tools/lib/fault";
import { cache, labHome, labName, repoRoot } from "../tools/lib/paths";
import { Progress } from "../tools/lib/progress";
import { type Built, built } from "./built";
import { provision } from "./cluster";
import { configure } from "./configure";
import { controlGroup, files, hostInterface, type Network, network } from "./layout";
import { controlGroups, groupTree, requireMachine, requireOwn, requireRoom } from "./preflight";

/** Whether a lab lives on this machine: its first process holds a kernel lock. */
export async function isUp(): Promise<boolean> {
  if (!existsSync(files.initLock)) return false;
  const { failed } = await execa("flock", ["--nonblock", files.initLock, "true"], { reject: false });
  return failed;
}

/** Brings the lab up: starts it where it is down, does nothing where it is up and well, and continues after an interruption. */
export async function up(): Promise<void> {
  await requireMachine();
  const waiting = (): void => console.error("waiting for another run that starts the lab");
  await locked(path.join(cache, `${labName}-up.lock`), waiting, startLab);
}

async function startLab(): Promise<void> {
  const living = await isUp();
  if (living) requireOwn();
  const parts = await built();
  const net = network();
  if (!living) {
    await requireRoom(net);
    await clearRemains();
    await configure(net, parts);
    await start(net, parts);
  }
  const progress = new Progress("lab", 30);
  try {
    await provision(net, parts, (state) => progress.update(state));
    progress.done("up");
  } catch (error) {
    progress.fail();
    throw error;
  }
}

async function start(net: Network, { supervisor: python }: Built): Promise<void> {
  mkdirSync(files.run, { recursive: true });
  if (!existsSync(files.passphrase)) writeFileSync(files.passphrase, randomBytes(24).toString("base64url"), { mode: 0o600 });
  writeFileSync(files.owner, `${repoRoot}\n`);
  writeFileSync(files.wanted, "");
  const log = openSync(path.join(files.logs, "watchdog.log"), "a");
  const args = ["a", labHome, net.host, net.node, net.services, net.pods, hostInterface, controlGroup];
  spawn(path.join(__dirname, "watchdog.sh"), args, {
    detached: true,
    stdio: ["ignore", log, log],
    env: { PATH: process.env["PATH"], PYTHONPATH: python },
  }).unref();
  for (let tries = 0; !(await isUp()); tries++) {
    if (tries > 100) throw new Failure(`the lab did not start; see ${files.logs}/watchdog.log`);
    await sleep(100);
  }
}

/** Removes what a lab left behind whose processes were all killed. Its mounts, firewall rules and pods ended with its namespaces. */
async function clearRemains(): Promise<void> {
  rmSync(files.run, { recursive: true, force: true });
  await execa("ip", ["link", "delete", hostInterface], { reject: false });
  await removeControlGroups();
}

/** The kernel lets a control group go a moment after its last process. */
async function removeControlGroups(): Promise<void> {
  for (let tries = 0; controlGroups().length > 0; tries++) {
    for (const folder of controlGroups().flatMap(groupTree)) {
      try {
        rmdirSync(folder);
      } catch (error) {
        if (tries > 100) throw error;
      }
    }
    await sleep(50);
  }
}

/** Ends the lab and removes its state; the logs stay until the next one starts. */
export async function down(): Promise<void> {
  if (await isUp()) requireOwn();
  rmSync(files.wanted, { force: true });
  if (existsSync(files.run)) {
    for (const lock of files.watchdogLocks) await execa("flock", ["--timeout", "30", lock, "true"], { reject: false });
    if (await isUp()) {
      process.kill(Number(readFileSync(files.initPid, "utf8")), "SIGKILL"); // the kernel ends every other process of its namespace
      await execa("flock", ["--timeout", "30", files.initLock, "true"]);
    }
  }
  await clearRemains();
  for (const left of [files.config, files.pulumiState, files.passphrase, files.owner]) rmSync(left, { recursive: true, force: true });
  if (existsSync(files.var))
    await execa("find", [files.var, "-mindepth", "1", "-not", "-path", `${files.logs}*`, "-delete"], { reject: false });
  rmSync(path.dirname(files.kubeconfig), { recursive: true, force: true });
}
