import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";

import { fingerprint } from "../../tools/lib/places";
import type { Network } from "./layout";
import { registryPort } from "./layout";

/** An image that the lab makes from files alone: no base image can be pulled where only package registries are reached. */
interface LabImage {
  name: string;
  tag: string;
  /** Path in the image → file on this machine. Shared libraries that a file needs are added. */
  contents: Record<string, string>;
  /** Adds a shell and the usual small tools. */
  shell?: string;
  entrypoint: string[];
  command?: string[];
  environment?: Record<string, string>;
}

/** Folders of the built parts that images are made from. */
export interface Parts {
  kubernetes: string;
  debian: string;
  ollama: string;
  smollm2: string;
}

export function labImages({ kubernetes, debian, ollama, smollm2 }: Parts): Record<"pause" | "coredns" | "busybox" | "ollama", LabImage> {
  const busybox = path.join(debian, existsSync(path.join(debian, "bin/busybox")) ? "bin/busybox" : "usr/bin/busybox");
  return {
    pause: { name: "pause", tag: "1", contents: { "/pause": path.join(kubernetes, "pause") }, entrypoint: ["/pause"] },
    coredns: { name: "coredns", tag: "1.15.0", contents: { "/coredns": path.join(kubernetes, "coredns") }, entrypoint: ["/coredns"] },
    busybox: { name: "busybox", tag: "1", contents: {}, shell: busybox, entrypoint: ["/bin/sh"] },
    ollama: {
      name: "ollama",
      tag: "0.17.4-smollm2",
      contents: { "/bin/ollama": path.join(ollama, "ollama"), "/models/smollm2-135m-instruct-q4_1.gguf": path.join(smollm2, "model.gguf") },
      shell: busybox,
      entrypoint: ["/bin/ollama"],
      command: ["serve"],
      environment: { OLLAMA_HOST: "0.0.0.0:11434" },
    },
  };
}

export const reference = (net: Network, { name, tag }: LabImage): string => `${net.node}:${registryPort}/${name}:${tag}`;

/** Makes the image, pushes it to the lab's registry and returns its reference by digest. The same files give the same digest. */
export async function push(crane: string, net: Network, image: LabImage): Promise<string> {
  const target = reference(net, image);
  const layer = await layerOf(image);
  const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const args = ["--insecure", "--platform", platform];
  try {
    await execa(crane, ["append", ...args, "--oci-empty-base", "--new_layer", layer, "--new_tag", target]);
  } finally {
    rmSync(layer, { force: true });
  }
  const environment = { PATH: "/bin", ...image.environment };
  await execa(crane, [
    "mutate",
    ...args,
    `--set-platform=${platform}`,
    "--user=65532:65532",
    `--entrypoint=${image.entrypoint.join(",")}`,
    ...(image.command ? [`--cmd=${image.command.join(",")}`] : []),
    ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
    `--tag=${target}`,
    target,
  ]);
  const { stdout } = await execa(crane, ["digest", ...args, target]);
  return `${target}@${stdout.trim()}`;
}

async function layerOf({ name, contents, shell }: LabImage): Promise<string> {
  const root = mkdtempSync(path.join(tmpdir(), `slm-image-${name}-`));
  try {
    for (const [target, source] of Object.entries(contents)) {
      place(source, path.join(root, target));
      for (const library of await libraries(source)) place(library, path.join(root, library));
    }
    if (shell) {
      place(shell, path.join(root, "/bin/busybox"));
      for (const library of await libraries(shell)) place(library, path.join(root, library));
      const { stdout } = await execa(shell, ["--list"]);
      for (const applet of stdout.split("\n")) if (applet !== "busybox") symlinkSync("busybox", path.join(root, "bin", applet));
    }
    mkdirSync(path.join(root, "tmp"), { recursive: true });
    chmodSync(path.join(root, "tmp"), 0o1777);
    const layer = path.join(tmpdir(), `slm-image-${fingerprint(name, String(process.pid))}.tar`);
    await execa("tar", [
      "--create",
      "--file",
      layer,
      "--sort=name",
      "--mtime=@0",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--directory",
      root,
      ".",
    ]);
    return layer;
  } finally {
    rmSync(root, { recursive: true });
  }
}

function place(source: string, target: string): void {
  mkdirSync(path.dirname(target), { recursive: true });
  copyFileSync(source, target);
}

/** Shared libraries of an executable, by their absolute paths; none for a static one or a data file. */
async function libraries(file: string): Promise<string[]> {
  const { stdout } = await execa("ldd", [file], { reject: false });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library!);
}
