import { createHash } from "node:crypto";

import { downloadFile, type ListFileEntry, listFiles, modelInfo } from "@huggingface/hub";

import type { Locked, WeightsSource } from "../../lib/weights/source";
import { Failure } from "../lib/fault";

type Repository = Extract<WeightsSource, { kind: "huggingFace" }>;

/** Which hub, by its base URL, and who asks. */
export interface Hub {
  hubUrl?: string | undefined;
  accessToken?: string | undefined;
}

/** Files that no engine of ours reads: other formats of the same weights, and pages. */
const unread = /(^|\/)(\..*|.*\.(md|bin|pth?|gguf|h5|msgpack|onnx_data_old|png|jpg|gif|pdf))$/i;
/** Folders of a repository of safetensors that hold the same weights for other programs. */
const otherFormats = /^(onnx|openvino|original|metal|coreml|flax)\//i;
const safetensors = /\.safetensors$/i;
/** Mistral's own layout of weights that lie beside the usual one. */
const consolidated = /^consolidated[^/]*\.safetensors$/i;

/** The files that an engine reads: of a folder that is named, all; of a whole repository, the weights in one format. */
export function readFiles(paths: readonly string[], folder: string | undefined): string[] {
  const known = paths.filter((path) => !unread.test(path));
  if (folder !== undefined || !known.some((path) => safetensors.test(path) && !path.includes("/"))) return known;
  const usual = known.some((path) => safetensors.test(path) && !path.includes("/") && !consolidated.test(path));
  return known.filter((path) => !otherFormats.test(path) && !(usual && consolidated.test(path)));
}

/** Revision, and sha256 and size of each file of a repository. Large files carry their sha256 in the listing; small ones are fetched and hashed. */
export async function lockHuggingFace({ repository, revision, path }: Repository, { hubUrl, accessToken }: Hub): Promise<Locked> {
  const hub = { ...(hubUrl ? { hubUrl } : {}), ...(accessToken ? { accessToken } : {}) };
  const repo = { type: "model", name: repository } as const;
  try {
    const { sha } = await modelInfo({ name: repository, ...(revision ? { revision } : {}), additionalFields: ["sha"], ...hub });
    const entries: Record<string, ListFileEntry> = {};
    for await (const entry of listFiles({ repo, revision: sha, recursive: true, ...(path ? { path } : {}), ...hub }))
      if (entry.type === "file") entries[entry.path] = entry;
    const names = readFiles(Object.keys(entries), path).sort();
    if (names.length === 0) throw new Error(`no file${path ? ` below ${path}` : ""} that an engine reads`);
    const files: Record<string, string> = {};
    for (const name of names) files[name] = entries[name]!.lfs?.oid ?? (await hashed({ repo, path: name, revision: sha, ...hub }));
    return { revision: sha, files, sizes: Object.fromEntries(names.map((name) => [name, entries[name]!.size])) };
  } catch (error) {
    throw new Failure(`${repository} could not be locked: ${(error as Error).message}`);
  }
}

async function hashed(file: Parameters<typeof downloadFile>[0]): Promise<string> {
  const blob = await downloadFile(file);
  if (!blob) throw new Error(`${file.path} is gone`);
  return createHash("sha256")
    .update(Buffer.from(await blob.arrayBuffer()))
    .digest("hex");
}
