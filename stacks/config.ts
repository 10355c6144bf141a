import { readFileSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import * as limits from "../components/lib/limits";

/** A file is named from the project's root. */
const root = path.resolve(__dirname, "..");

const cluster = z.strictObject({
  /** kubeconfig file, from the project's root. Default: what KUBECONFIG or ~/.kube/config says. */
  kubeconfig: z.string().optional(),
  /** Context in the kubeconfig. Default: the current one. */
  context: z.string().optional(),
  /** Namespace that the stack creates and owns. */
  namespace: limits.dnsLabel.default("slm"),
});

const coldStart = z.strictObject({
  imageSeconds: limits.stageSeconds,
  weightsSeconds: limits.stageSeconds,
  loadSeconds: limits.stageSeconds,
});

const ollamaModel = z.strictObject({
  engine: z.literal("ollama", { error: 'must be "ollama"' }),
  /** `library`: a tag of Ollama's library; `file`: a GGUF file that the image carries. */
  source: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("library"), tag: z.string().regex(/^[\w./-]+(:[\w.-]+)?$/, "must be a tag such as qwen3:0.6b") }),
    z.strictObject({ kind: z.literal("file"), path: z.string().startsWith("/", "must be an absolute path in the image") }),
  ]),
  memoryMib: limits.memoryMib.optional(),
  cpuCores: limits.cpuCores.optional(),
  storageGib: limits.storageGib.optional(),
  contextTokens: limits.contextTokens.optional(),
  coldStart: coldStart.optional(),
});

/** An environment, as written under `config:` in `stacks/Pulumi.<env>.yaml`, without the prefix `slm:`. */
export const schema = z.strictObject({
  kubernetes: cluster.prefault({}),
  /** JSON file with the image of each engine by digest, from the project's root. */
  images: z.string().default("stacks/images.json"),
  /** Models by the name that clients ask for. */
  models: z.record(limits.dnsLabel, ollamaModel).refine((models) => Object.keys(models).length > 0, "must name at least one model"),
});

/** One environment, parsed: everything past this line is typed. */
export type Environment = z.infer<typeof schema>;

/** Parses an environment and reports every mistake at once, each with its path; `file` only names the culprit. */
export function parseEnvironment(raw: unknown, file: string): Environment {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw new pulumi.RunError(`${file} is invalid:\n${z.prettifyError(result.error)}`);
}

/** The digests that an environment's images file pins. */
export function loadImages(file: string): { ollama: string } {
  const images = z.object({ ollama: limits.pinnedImage });
  const result = images.safeParse(JSON.parse(readFileSync(path.resolve(root, file), "utf8")));
  if (result.success) return result.data;
  throw new pulumi.RunError(`${file} is invalid:\n${z.prettifyError(result.error)}`);
}

/** Absolute path of a file that an environment names. */
export const fromRoot = (file: string): string => path.resolve(root, file);

/** The environment of the stack that runs. */
export function loadEnvironment(): Environment {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), decode(value)]));
  return parseEnvironment(raw, `stacks/Pulumi.${pulumi.getStack()}.yaml`);
}

/** The engine hands objects over as JSON, and plain strings as they are. */
function decode(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
