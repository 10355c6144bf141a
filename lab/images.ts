import { existsSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { files, type Network, registryPort } from "./layout";
import { type LabImage, writeLayout } from "./oci";

/** Folders of the built parts that images are made from. */
interface Parts {
  kubernetes: string;
  debian: string;
  ollama: string;
  smollm2: string;
  python: string;
}

/** The images that every lab has. */
export function labImages({
  kubernetes,
  debian,
  ollama,
  smollm2,
  python,
}: Parts): Record<"pause" | "coredns" | "busybox" | "python" | "ollama", LabImage> {
  const shell = path.join(debian, existsSync(path.join(debian, "bin/busybox")) ? "bin/busybox" : "usr/bin/busybox");
  const program = (name: string) => ({ contents: { [`/${name}`]: path.join(kubernetes, name) } });
  const server = {
    "/bin/ollama": path.join(ollama, "ollama"),
    "/models/smollm2-135m-instruct-q4_1.gguf": path.join(smollm2, "model.gguf"),
  };
  return {
    pause: { name: "pause", tag: "1", layers: [program("pause")], entrypoint: ["/pause"] },
    coredns: { name: "coredns", tag: "1.15.0", layers: [program("coredns")], entrypoint: ["/coredns"] },
    busybox: { name: "busybox", tag: "1", layers: [{ contents: {}, shell }], entrypoint: ["/bin/sh"] },
    /** Python with its standard library: what verifies a model from inside the cluster. */
    python: {
      name: "python",
      tag: "debian",
      layers: [{ folder: python, at: "/" }],
      entrypoint: ["python3"],
      environment: { PATH: "/usr/bin:/bin", PYTHONUNBUFFERED: "1", PYTHONDONTWRITEBYTECODE: "1" },
    },
    ollama: {
      name: "ollama",
      tag: "0.17.4-smollm2",
      layers: [{ contents: server, shell }],
      entrypoint: ["/bin/ollama"],
      command: ["serve"],
      environment: { OLLAMA_HOST: "0.0.0.0:11434" },
    },
  };
}

export const reference = (net: Network, { name, tag }: Pick<LabImage, "name" | "tag">): string =>
  `${net.node}:${registryPort}/${name}:${tag}`;

/** Makes the image, pushes it to the lab's registry and returns its reference by digest. */
export async function push(crane: string, net: Network, image: LabImage): Promise<string> {
  const target = reference(net, image);
  const layout = mkdtempSync(path.join(files.var, "tmp/image-")); // with the lab's own files: it may be larger than /tmp is
  try {
    const digest = await writeLayout(image, layout);
    await execa(crane, ["push", "--insecure", layout, target]);
    return `${target}@${digest}`;
  } finally {
    rmSync(layout, { recursive: true });
  }
}
