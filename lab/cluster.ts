import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";

import { Failure } from "../tools/lib/fault";
import type { Built } from "./built";
import { simulatedNodes } from "./gpu-nodes";
import { labImages, push } from "./images";
import { files, type Network, nodeName, registryPort } from "./layout";

/** Seconds for the whole control plane to answer; a cold one takes 15 on two idle cores, and far more beside builds and tests. */
const timeoutSeconds = 400;

/** Fills a living lab: images, cluster DNS, StorageClass, simulated nodes; writes kubeconfig and digests for the stack. Safe to repeat. */
export async function provision(net: Network, parts: Built, report: (state: string) => void): Promise<void> {
  const kubectl = path.join(parts.kubernetes, "kubectl");
  const kube = (args: string[], input?: string) =>
    execa(kubectl, ["--kubeconfig", files.admin, ...args], input === undefined ? {} : { input });
  report("waiting for the API server");
  await until("API server", async () => (await kube(["get", "--raw", "/readyz", "--request-timeout=2s"])).stdout === "ok");
  if (!existsSync(files.images)) {
    report("waiting for the registry");
    await until("registry", async () => (await fetch(`http://${net.node}:${registryPort}/v2/`)).ok);
    report("making images");
    const digests: Record<string, string> = {};
    for (const [name, image] of Object.entries(labImages(parts)))
      digests[name] = await push(path.join(parts.kubernetes, "crane"), net, image);
    report("applying cluster DNS, storage and simulated GPU nodes");
    const manifest = readFileSync(path.join(__dirname, "manifests/system.yaml"), "utf8")
      .replace("$COREDNS_IMAGE", digests["coredns"]!)
      .replace("$DNS_ADDRESS", net.dns);
    await kube(["apply", "--server-side", "--force-conflicts", "-f", "-"], manifest);
    await kube(
      ["apply", "--server-side", "--force-conflicts", "-f", "-"],
      simulatedNodes()
        .map((node) => JSON.stringify(node))
        .join("\n---\n"),
    );
    mkdirSync(path.dirname(files.images), { recursive: true });
    writeFileSync(files.kubeconfig, readFileSync(files.admin), { mode: 0o600 });
    await kube(["config", "rename-context", "kubernetes-super-admin@kubernetes", "slm-lab", "--kubeconfig", files.kubeconfig]);
    writeFileSync(files.images, `${JSON.stringify(digests, null, 2)}\n`);
  }
  report("waiting for the node");
  await until("node", async () => (await kube(["wait", `node/${nodeName}`, "--for=condition=Ready", "--timeout=5s"])).exitCode === 0);
  report("waiting for cluster DNS");
  await until(
    "cluster DNS",
    async () => (await kube(["--namespace=kube-system", "rollout", "status", "deployment/coredns", "--timeout=5s"])).exitCode === 0,
  );
}

/** Asks until the answer is yes; an error counts as no, and the last one is reported when patience ends. */
async function until(what: string, answer: () => Promise<boolean>): Promise<void> {
  let last = "";
  for (const end = Date.now() + timeoutSeconds * 1000; Date.now() < end; await sleep(300)) {
    try {
      if (await answer()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  throw new Failure(`${what} did not come up in ${timeoutSeconds} s; logs: ${files.logs}\n${last}`);
}
