import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { built } from "../../lab/built";
import { network } from "../../lab/layout";
import { labHome, labName, repoRoot } from "../../tools/lib/paths";

/** A lab of its own beside the one that is tested with: another name, and the next network. */
const name = `${labName.slice(0, 5)}-life`;
const prefix = network().range.replace(/(\d+)\.0\.0\/16$/, (_, part) => String(Number(part) + 1));
const env = { SLM_LAB_NAME: name, SLM_LAB_NETWORK: `${prefix}.0.0/16` };
const home = path.join(path.dirname(labHome), name);
const kubeconfig = path.join(repoRoot, `.slm/${name}/kubeconfig`);

const lab = (command: string, folder = repoRoot) =>
  execa(process.execPath, ["--import", "tsx", path.join(folder, "lab/main.ts"), command], { cwd: folder, env, reject: false });
const read = (file: string): string => readFileSync(path.join(home, "run", file), "utf8").trim();

/** Host process ids by the program's name, of every process in the lab's PID namespace. */
function processes(): Map<string, number> {
  const space = readlinkSync(`/proc/${read("init.pid")}/ns/pid_for_children`);
  const found = new Map<string, number>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/pid`) === space) found.set(readFileSync(`/proc/${pid}/comm`, "utf8").trim(), Number(pid));
    } catch {
      // ended meanwhile
    }
  }
  return found;
}

/** Process ids of the watchdogs, and of what they are just starting. */
const watchdogs = async (): Promise<number[]> =>
  (await execa("pgrep", ["--full", `watchdog.sh . .*${name}`])).stdout.split("\n").map(Number);

const supervised = [
  "etcd",
  "kube-apiserver",
  "kube-controller",
  "kube-scheduler",
  "containerd",
  "kubelet",
  "kube-proxy",
  "kube-router",
  "docker-registry",
  "kwok",
  "provisioner",
];

async function kubectl(...args: string[]): Promise<string> {
  const { kubernetes } = await built();
  return (await execa(path.join(kubernetes, "kubectl"), ["--kubeconfig", kubeconfig, ...args])).stdout;
}

async function eventually(condition: () => boolean | Promise<boolean>, what: string, seconds = 180): Promise<void> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(250)) {
    if (
      await Promise.resolve()
        .then(condition)
        .catch(() => false)
    )
      return;
    if (Date.now() > end) throw new Error(`${what}: waited ${seconds} s`);
  }
}

const remains = async () => ({
  interfaces: Object.keys(networkInterfaces()).filter((one) => one === `slm-${name}`),
  mounts: readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(name) || line.includes("kubelet")),
  groups: readdirSync("/sys/fs/cgroup").filter((group) => existsSync(`/sys/fs/cgroup/${group}/slm-${name}`)),
  chains: await hostChains(),
  processes: (await execa("pgrep", ["--full", `slm-stack/${name}`], { reject: false })).stdout,
  files: existsSync(home) ? readdirSync(home, { recursive: true, encoding: "utf8" }).filter((file) => !file.startsWith("var")) : [],
});

/** Firewall chains of Kubernetes in this machine's own network. */
async function hostChains(): Promise<string[]> {
  const { debian } = await built();
  const libraries = ["usr/lib", "lib"]
    .map((folder) => path.join(debian, folder, process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu"))
    .join(":");
  const { stdout } = await execa(path.join(debian, "links/iptables-save"), [], { env: { LD_LIBRARY_PATH: libraries } });
  return stdout.split("\n").filter((line) => /^:(KUBE|CNI)/.test(line));
}

beforeAll(async () => {
  await lab("down");
  const { exitCode, stderr } = await lab("up");
  expect([exitCode, stderr.split("\n").at(-1)]).toEqual([0, expect.stringMatching(/^lab: up in/)]);
});
afterAll(() => lab("down"));

describe("the lab", () => {
  it("is one ready node and three simulated GPU nodes, labelled, tainted and sized as AKS does", async () => {
    await eventually(
      async () => (await kubectl("get", "nodes", "--no-headers")).split("\n").every((line) => / Ready /.test(line)),
      "nodes ready",
    );
    const nodes = JSON.parse(await kubectl("get", "nodes", "--selector=kubernetes.azure.com/accelerator=nvidia", "--output=json")).items;
    expect(nodes).toHaveLength(3);
    for (const node of nodes) {
      expect(node.spec.taints).toEqual([{ key: "sku", value: "gpu", effect: "NoSchedule" }]);
      expect(node.status.allocatable["nvidia.com/gpu"]).toBe("1");
      expect(node.metadata.labels["node.kubernetes.io/instance-type"]).toMatch(/^Standard_NC/);
    }
  });

  it("enforces NetworkPolicy, resolves names and provisions volumes", async () => {
    const images = JSON.parse(readFileSync(path.join(path.dirname(kubeconfig), "images.json"), "utf8"));
    const manifest = readFileSync(path.join(__dirname, "manifests/network-test.yaml"), "utf8").replaceAll("$BUSYBOX_IMAGE", images.busybox);
    const { kubernetes } = await built();
    await execa(path.join(kubernetes, "kubectl"), ["--kubeconfig", kubeconfig, "apply", "-f", "-"], { input: manifest });
    await kubectl("wait", "--namespace=network-test", "pod", "--all", "--for=condition=Ready", "--timeout=90s");
    const request = "printf 'GET /index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 3 server.network-test.svc.cluster.local 8080";
    const fetch = (from: string) => kubectl("exec", "--namespace=network-test", from, "--", "sh", "-c", request);
    const served = async () => /served from a volume$/.test(await fetch("friend"));
    await eventually(served, "the friend is served");
    await eventually(
      () =>
        fetch("stranger").then(
          () => false,
          (error: Error) => /nc: (timed out|can't connect .* Connection refused)/.test(error.message),
        ),
      "the stranger is refused",
    );
    expect(await served()).toBe(true);
  });

  it.each(supervised)("starts %s again when it is killed", async (program) => {
    const before = processes().get(program)!;
    expect(before).toBeGreaterThan(1);
    process.kill(before, "SIGKILL");
    await eventually(() => (processes().get(program) ?? before) !== before, `${program} runs again`);
    await eventually(async () => (await kubectl("get", "--raw", "/readyz")) === "ok", "API server ready");
  });

  it.each(["a", "b"])("starts watchdog %s again when it is killed, and the cluster does not notice", async (watchdog) => {
    const [before, init] = [read(`watchdog-${watchdog}.pid`), read("init.pid")];
    process.kill(Number(before), "SIGKILL");
    await eventually(() => read(`watchdog-${watchdog}.pid`) !== before, "watchdog runs again");
    expect(read("init.pid")).toBe(init);
  });

  it("comes back with its state when its first process is killed", async () => {
    const before = read("init.pid");
    process.kill(Number(before), "SIGKILL");
    await eventually(() => read("init.pid") !== before, "the lab starts again");
    await eventually(
      async () => (await kubectl("get", "namespace", "network-test", "--output=name")) === "namespace/network-test",
      "the API server serves the old state",
    );
    await eventually(
      async () =>
        (await kubectl("get", "pods", "--namespace=network-test", "--no-headers")).split("\n").every((line) => / 1\/1 +Running/.test(line)),
      "pods run again",
    );
  });

  it("comes up again when all its processes were killed at once, and is the same cluster", async () => {
    const pids = [...(await watchdogs()), Number(read("init.pid"))];
    for (const signal of ["SIGSTOP", "SIGKILL"]) for (const pid of pids) process.kill(pid, signal); // stopped first, so that none remediates the others
    await sleep(1500);
    expect((await lab("status")).stdout).toBe("lab: down");
    expect((await lab("up")).exitCode).toBe(0);
    expect(await kubectl("get", "namespace", "network-test", "--output=name")).toBe("namespace/network-test");
  });

  it("refuses a second checkout, in one line with the fix", async () => {
    const other = path.join("/tmp", `slm-other-checkout-${process.pid}`);
    await execa("mkdir", ["-p", other]);
    await execa("cp", [
      "-r",
      ...["tools", "lab", "lib", "test", "stacks", "components", "images", "package.json", "tsconfig.json"].map((name) =>
        path.join(repoRoot, name),
      ),
      other,
    ]);
    await execa("ln", ["-s", path.join(repoRoot, "node_modules"), other]);
    const { exitCode, stderr } = await lab("up", other);
    await execa("rm", ["-r", other]);
    expect([exitCode, stderr]).toEqual([
      2,
      `error: the lab of ${repoRoot} is up on this machine, and there is one at a time\n  fix: use it from there, or end it: make -C ${repoRoot} lab-down`,
    ]);
  });

  it("leaves no process, mount, interface, control group, firewall chain or file but its logs", async () => {
    expect((await remains()).interfaces).toEqual([`slm-${name}`]);
    expect((await lab("down")).exitCode).toBe(0);
    expect(await remains()).toEqual({ interfaces: [], mounts: [], groups: [], chains: [], processes: "", files: [] });
  });
});

describe("what stands in the way of a lab is refused with the fix and code 2", () => {
  it("an address of its range", async () => {
    await execa("ip", ["link", "add", "slm-in-the-way", "type", "veth", "peer", "name", "slm-in-the-wa2"]);
    await execa("ip", ["address", "add", `${prefix}.7.1/24`, "dev", "slm-in-the-way"]);
    const { exitCode, stderr } = await lab("up");
    await execa("ip", ["link", "delete", "slm-in-the-way"]);
    expect([exitCode, stderr]).toEqual([
      2,
      `error: slm-in-the-way has the address ${prefix}.7.1, which is in the lab's range ${prefix}.0.0/16\n  fix: choose another range: SLM_LAB_NETWORK=10.213.0.0/16`,
    ]);
  });

  it("a control group of its name that holds processes", async () => {
    const version2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
    const group = `/sys/fs/cgroup/${version2 ? "" : "pids/"}slm-${name}`;
    await execa("mkdir", [group]);
    const sleeper = execa("sh", ["-c", `echo $$ > ${group}/cgroup.procs; exec sleep 60`]);
    sleeper.catch(() => undefined);
    await eventually(() => readFileSync(`${group}/cgroup.procs`, "utf8").trim() !== "", "the sleeper is in the group");
    const { exitCode, stderr } = await lab("up");
    sleeper.kill();
    await eventually(async () => (await execa("rmdir", [group], { reject: false })).exitCode === 0, "the group is gone");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^error: \S+slm-\w+-life: the control group holds processes \(\d+\) that are not of a lab\n {2}fix: end them/);
  });
});
