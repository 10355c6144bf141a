import { createHash } from "node:crypto";

import { z } from "zod";

import type { Locked } from "../../lib/weights/source";
import { Failure } from "../lib/fault";

const layer = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), size: z.int().nonnegative() });
const manifest = z.object({ config: layer, layers: z.array(layer).min(1) });

/** Digest of a tag's manifest, and digest and size of each blob that Ollama's store then holds, by its path there. */
export async function lockLibrary(tag: string, registry = process.env["OLLAMA_REGISTRY"] ?? "https://registry.ollama.ai"): Promise<Locked> {
  const [name = "", version = "latest"] = tag.split(":");
  const url = `${registry}/v2/${name.includes("/") ? name : `library/${name}`}/manifests/${version}`;
  const response = await fetch(url, { headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" } }).catch(
    (error: Error) => {
      throw new Failure(`${tag} could not be locked: ${error.message}`);
    },
  );
  if (!response.ok) throw new Failure(`${tag} could not be locked: ${url} answered ${response.status}`);
  const text = await response.text();
  const parsed = manifest.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Failure(`${tag} could not be locked: ${url} is no manifest`);
  const blobs = [parsed.data.config, ...parsed.data.layers].map(({ digest, size }) => {
    const sha256 = digest.replace("sha256:", "");
    return { path: `blobs/sha256-${sha256}`, sha256, size };
  });
  return {
    revision: `sha256:${createHash("sha256").update(text).digest("hex")}`,
    files: Object.fromEntries(blobs.map(({ path, sha256 }) => [path, sha256])),
    sizes: Object.fromEntries(blobs.map(({ path, size }) => [path, size])),
  };
}
