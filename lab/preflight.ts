import { existsSync, readdirSync, readFileSync } from "node:fs";
import { freemem } from "node:os";
import path from "node:path";

import execa from "execa";

import { debianTools } from "../tools/build/packages";
import { UserError } from "../tools/lib/fault";
import { freeMib, labHome, repoRoot } from "../tools/lib/paths";
import { controlGroup, files, hostInterface, type Network } from "./layout";

/** Disk that a running lab takes beside what is built: images, volumes, logs; in MiB. */
const diskMib = 4000;
/** Memory that the lab takes before any model; in MiB. */
const memoryMib = 1500;

/** Refuses, with the fix, what would make the lab fail half-way. Installs missing plain tools, never a service. */
export async function requireMachine(): Promise<void> {
  const elsewhere = "run it on a Linux machine or virtual machine, or name an existing cluster in an environment file of your own";
  if (process.platform !== "linux") throw new UserError(`the lab needs Linux, this is ${process.platform}`, elsewhere);
  if (process.getuid?.() !== 0)
    throw new UserError(
      `the lab needs root (network namespaces, mounts), this is uid ${process.getuid?.()}`,
      "run it as root: sudo -E make …",
    );
  if (!existsSync("/usr/bin/apt-get"))
    throw new UserError("apt-get: not found; the lab unpacks runc, iptables and others from Debian packages", elsewhere);
  await debianTools({
    ip: "iproute2",
    flock: "util-linux",
    unshare: "util-linux",
    nsenter: "util-linux",
    pgrep: "procps",
    python3: "python3",
    tar: "tar",
    sysctl: "procps",
  });
  const { failed } = await execa("python3", ["-m", "pip", "--version"], { reject: false });
  if (failed) await debianTools({ pip3: "python3-pip" });
}

/** Refuses what stands in the way of a lab that is not up. */
export async function requireRoom(net: Network): Promise<void> {
  for (const group of controlGroups()) {
    const busy = processesIn(group);
    if (busy.length > 0)
      throw new UserError(
        `${group}: the control group holds processes (${busy.slice(0, 5).join(", ")}) that are not of a lab`,
        "end them, or move them to another control group",
      );
  }
  const { stdout } = await execa("ip", ["-4", "-json", "address"]);
  const prefix = net.range.replace(/0\.0\/16$/, "");
  for (const { ifname, addr_info } of JSON.parse(stdout) as { ifname: string; addr_info: { local: string }[] }[]) {
    const taken = addr_info.find(({ local }) => local.startsWith(prefix));
    if (taken && ifname !== hostInterface)
      throw new UserError(
        `${ifname} has the address ${taken.local}, which is in the lab's range ${net.range}`,
        "choose another range: SLM_LAB_NETWORK=10.213.0.0/16",
      );
  }
  const free = freeMib(existsSync(labHome) ? labHome : path.parse(labHome).root);
  if (free < diskMib)
    throw new UserError(
      `${labHome}: ${free} MiB free, the lab needs ${diskMib} MiB`,
      `free ${diskMib - free} MiB there, or point XDG_STATE_HOME at a larger disk`,
    );
  const available = availableMemoryMib();
  if (available < memoryMib)
    throw new UserError(`${available} MiB of memory available, the lab needs ${memoryMib} MiB before any model`, "end other programs");
}

/** Refuses to touch a living lab of another checkout. */
export function requireOwn(): void {
  const owner = existsSync(files.owner) ? readFileSync(files.owner, "utf8").trim() : repoRoot;
  if (owner !== repoRoot)
    throw new UserError(
      `the lab of ${owner} is up on this machine, and there is one at a time`,
      `use it from there, or end it: make -C ${owner} lab-down`,
    );
}

const availableMemoryMib = (): number => {
  const [, kib] = /^MemAvailable:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
  return Math.floor(kib ? Number(kib) / 1024 : freemem() / 2 ** 20);
};

/** The lab's control group in each hierarchy where it exists. */
export const controlGroups = (): string[] => groupsOf(controlGroup);

/** A control group in each hierarchy (one in version 2, one per controller in version 1) where it exists. */
export function groupsOf(name: string): string[] {
  const root = "/sys/fs/cgroup";
  const roots = existsSync(path.join(root, "cgroup.controllers")) ? [root] : readdirSync(root).map((name) => path.join(root, name));
  return roots.map((hierarchy) => path.join(hierarchy, name)).filter((group) => existsSync(group));
}

/** The control group and all below it, deepest first. */
export const groupTree = (group: string): string[] => [
  ...readdirSync(group, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? groupTree(path.join(group, entry.name)) : [])),
  group,
];

const processesIn = (group: string): string[] =>
  groupTree(group).flatMap((folder) => readFileSync(path.join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean));
