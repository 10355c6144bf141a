import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { labHome, repoRoot } from "../tools/lib/paths";
import type { Built } from "./built";
import { labImages, reference } from "./images";
import { files, type Network, registryPort } from "./layout";
import * as service from "./services";

const etc = (name: string): string => path.join(files.config, name);
const marker = etc("made-from.json");

/** Writes certificates and configuration below `etc`. State of an earlier lab is kept only when it was made from the same parts, by this checkout. */
export async function configure(net: Network, parts: Built): Promise<void> {
  const madeFrom = JSON.stringify({ net, parts, repoRoot });
  const known = existsSync(marker) && readFileSync(marker, "utf8") === madeFrom;
  const registry = `registries/${net.node}:${registryPort}`;
  // What the checkout knows of the earlier lab goes with it: otherwise its images would be taken for pushed.
  if (!known) for (const old of [labHome, path.dirname(files.images)]) rmSync(old, { recursive: true, force: true });
  for (const folder of [files.config, files.pki, ...["cni", registry].map(etc), files.run, files.logs, files.pulumiState])
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const folder of ["lib/etcd", "lib/volumes", "lib/registry", "lib/cni", "cache", "tmp"])
    mkdirSync(path.join(files.var, folder), { recursive: true, mode: 0o700 });
  if (!existsSync(path.join(files.var, "run"))) symlinkSync("/run", path.join(files.var, "run"));
  write("supervisord.conf", service.supervisorConfig(net, parts.kubernetes, environment(parts)));
  write("containerd.toml", service.containerdConfig(path.join(parts.debian, "usr/lib/cni"), reference(net, labImages(parts).pause)));
  write(`${registry}/hosts.toml`, service.registryHosts(net));
  write("resolv.conf", "");
  json("cni/10-lab.conflist", service.cniConfig(net));
  json("kubelet.yaml", service.kubeletConfig(net));
  json("kube-proxy.yaml", service.kubeProxyConfig(net));
  json("registry.yaml", service.registryConfig(net));
  if (known) return;
  await certify(net, parts);
  writeFileSync(marker, madeFrom);
}

const write = (name: string, text: string): void => writeFileSync(etc(name), text, { mode: 0o600 });
const json = (name: string, value: object): void => write(name, JSON.stringify(value, null, 2)); // JSON is YAML

/** Where the lab's processes find each other's programs, and the libraries that were unpacked with them. */
function environment({ debian, kubernetes, containerd }: Built): Record<string, string> {
  const unpacked = (...folders: string[]): string => folders.map((folder) => path.join(debian, folder)).join(":");
  const triple = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return {
    PATH: [kubernetes, containerd, unpacked("links", "usr/sbin", "usr/bin", "sbin", "bin"), process.env["PATH"]].join(":"),
    LD_LIBRARY_PATH: unpacked(`usr/lib/${triple}`, `lib/${triple}`),
    XTABLES_LIBDIR: [unpacked(`usr/lib/${triple}/xtables`), `/usr/lib/${triple}/xtables`].join(":"),
    NODE_NAME: "slm-lab",
  };
}

/** kubeadm makes every certificate and kubeconfig of the control plane; kube-proxy's user is added the same way. */
async function certify(net: Network, { kubernetes }: Built): Promise<void> {
  const kubeadm = path.join(kubernetes, "kubeadm");
  const config = etc("kubeadm.yaml");
  write(
    "kubeadm.yaml",
    [service.kubeadmConfig(net), service.kubeadmInit(net)].map((part) => JSON.stringify(part, null, 2)).join("\n---\n"),
  );
  await execa(kubeadm, ["init", "phase", "certs", "all", "--config", config]);
  await execa(kubeadm, ["init", "phase", "kubeconfig", "all", "--config", config, "--kubeconfig-dir", files.config]);
  const { stdout } = await execa(kubeadm, ["kubeconfig", "user", "--config", config, "--client-name=system:kube-proxy"]);
  write("kube-proxy.conf", stdout);
}
