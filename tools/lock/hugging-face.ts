import { createHash } from "node:crypto";

import { downloadFile, listFiles, modelInfo } from "@huggingface/hub";

import type { Locked, WeightsSource } from "../../lib/weights/source";
import { Failure } from "../lib/fault";

type Repository = Extract<WeightsSource, { kind: "huggingFace" }>;

/** Which hub, by its base URL, and who asks. */
export interface Hub {
  hubUrl?: string | undefined;
  accessToken?: string | undefined;
}

/** Files that no engine of ours reads: other formats of the same weights, and pages. */
const unread = /(^|\/)(\..*|original\/.*|.*\.(md|bin|pth?|gguf|h5|msgpack|onnx_data_old|png|jpg|gif|pdf))$/i;

/** Revision and sha256 of each file of a repository. Large files carry their sha256 in the listing; small ones are fetched and hashed. */
export async function lockHuggingFace({ repository, revision, path }: Repository, { hubUrl, accessToken }: Hub): Promise<Locked> {
  const hub = { ...(hubUrl ? { hubUrl } : {}), ...(accessToken ? { accessToken } : {}) };
  const repo = { type: "model", name: repository } as const;
  try {
    const { sha } = await modelInfo({ name: repository, ...(revision ? { revision } : {}), additionalFields: ["sha"], ...hub });
    const files: Record<string, string> = {};
    for await (const entry of listFiles({ repo, revision: sha, recursive: true, ...(path ? { path } : {}), ...hub })) {
      if (entry.type !== "file" || unread.test(entry.path)) continue;
      files[entry.path] = entry.lfs?.oid ?? (await hashed({ repo, path: entry.path, revision: sha, ...hub }));
    }
    if (Object.keys(files).length === 0) throw new Error(`no file${path ? ` below ${path}` : ""} that an engine reads`);
    return { revision: sha, files: Object.fromEntries(Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) };
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
