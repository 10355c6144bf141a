import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { fingerprint } from "../../lib/paths";
import type { Recipe } from "../recipe";
import { compiled, moduleFolder } from "./compiled";

const kubernetesVersion = "1.37.2";

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

const containerdVersion = "2.4.2";
const containerdModule = "github.com/containerd/containerd/v2";

/** containerd and its shim for runc. Debian 12 has 1.6, which cannot mount an image as a volume. */
export const containerd = compiled(
  { name: "containerd", version: containerdVersion, diskMib: 1500, expectedSeconds: 100 },
  {
    module: "containerd",
    packages: ["containerd", "containerd-shim-runc-v2"].map((name) => `${containerdModule}/cmd/${name}`),
    set: [`${containerdModule}/version.Version=v${containerdVersion}`],
  },
);
