import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";

import execa from "execa";

/** Files of this machine by their path in the image. Shared libraries that a file needs are added. */
interface FilesLayer {
  contents: Record<string, string>;
  /** Adds this busybox as a shell and the usual small tools. */
  shell?: string;
}

/** A folder of this machine, as it is, at a path of the image; `/` is the root. */
interface FolderLayer {
  folder: string;
  at: string;
  /** Names of files and folders that stay out, wherever they are. */
  without?: string[];
}

export type Layer = FilesLayer | FolderLayer;

/** An image that the lab makes from files alone: no base image can be pulled where only package registries are reached. */
export interface LabImage {
  name: string;
  tag: string;
  layers: Layer[];
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
}

interface Blob {
  mediaType: string;
  digest: string;
  size: number;
}

const type = (kind: string): string => `application/vnd.oci.image.${kind}`;

/**
 * Writes the image as an OCI layout and returns its digest. The same files give the same digest.
 * Layers are not compressed: they never leave this machine, and compressing a large one takes longer than all else.
 */
export async function writeLayout(image: LabImage, into: string): Promise<string> {
  const blobs = path.join(into, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const layers: Blob[] = [];
  for (const layer of image.layers) layers.push({ mediaType: type("layer.v1.tar"), ...(await writeLayer(layer, blobs)) });
  const json = (mediaType: string, value: object): Blob => {
    const text = JSON.stringify(value);
    const hash = createHash("sha256").update(text).digest("hex");
    writeFileSync(path.join(blobs, hash), text);
    return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(text) };
  };
  const config = json(type("config.v1+json"), configOf(image, layers));
  const manifest = json(type("manifest.v1+json"), { schemaVersion: 2, mediaType: type("manifest.v1+json"), config, layers });
  writeFileSync(path.join(into, "index.json"), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  writeFileSync(path.join(into, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  return manifest.digest;
}

const configOf = ({ entrypoint, command, environment = {} }: LabImage, layers: Blob[]): object => ({
  architecture: process.arch === "arm64" ? "arm64" : "amd64",
  os: "linux",
  config: {
    User: "65532:65532",
    Env: Object.entries({ PATH: "/bin", ...environment }).map(([name, value]) => `${name}=${value}`),
    ...(entrypoint ? { Entrypoint: entrypoint } : {}),
    ...(command ? { Cmd: command } : {}),
  },
  rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) }, // of what is not compressed, both digests are the same
});

async function writeLayer(layer: Layer, blobs: string): Promise<{ digest: string; size: number }> {
  if ("folder" in layer) return writeTar(layer, blobs);
  const root = mkdtempSync(path.join(tmpdir(), "slm-layer-"));
  try {
    await fill(root, layer);
    return await writeTar({ folder: root, at: "/" }, blobs);
  } finally {
    rmSync(root, { recursive: true });
  }
}

/** One tar of a folder, whose bytes depend on names, contents and executable bits only. */
async function writeTar({ folder, at, without = [] }: FolderLayer, blobs: string): Promise<{ digest: string; size: number }> {
  const same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+w,a+rX"];
  const moved = at === "/" ? [] : [`--transform=flags=r;s,^\\.,.${at},`];
  const left = without.map((name) => `--exclude=${name}`);
  const args = ["--create", ...same, ...moved, ...left, "--directory", folder, "."];
  const tar = spawn("tar", args, { stdio: ["ignore", "pipe", "pipe"] });
  const partial = path.join(blobs, "partial");
  const hash = createHash("sha256");
  let said = "";
  tar.stdout.on("data", (chunk) => hash.update(chunk));
  tar.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const [[code]] = await Promise.all([once(tar, "close"), pipeline(tar.stdout, createWriteStream(partial))]);
  if (code !== 0) throw new Error(`tar of ${folder} ended with code ${code}: ${said.trim()}`);
  const digest = hash.digest("hex");
  renameSync(partial, path.join(blobs, digest));
  return { digest: `sha256:${digest}`, size: statSync(path.join(blobs, digest)).size };
}

async function fill(root: string, { contents, shell }: FilesLayer): Promise<void> {
  for (const [target, source] of Object.entries(contents)) {
    place(source, path.join(root, target));
    for (const library of await libraries(source)) place(library, path.join(root, library));
  }
  if (shell) {
    mkdirSync(path.join(root, "tmp"), { recursive: true });
    chmodSync(path.join(root, "tmp"), 0o1777);
    place(shell, path.join(root, "/bin/busybox"));
    for (const library of await libraries(shell)) place(library, path.join(root, library));
    const { stdout } = await execa(shell, ["--list"]);
    for (const applet of stdout.split("\n")) if (applet !== "busybox") symlinkSync("busybox", path.join(root, "bin", applet));
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
