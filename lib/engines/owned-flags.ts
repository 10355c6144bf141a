import type { EngineName } from "./tables";

/** Why a flag is not the user's to set, ready to follow its name; and what to set in its place. */
export interface Owner {
  readonly bound: string;
  readonly fix: string;
  /** Its `--no-…` form is the user's to write. */
  readonly mayBeTurnedOff?: boolean;
}

const field = (name: string): Owner => ({ bound: "is derived from the plan", fix: `set ${name} instead` });
/** The Service, the probes and the network policies count on it. */
const manifest: Owner = { bound: "is fixed by the manifest: probes, Service and network policies count on it", fix: "remove it" };
/** Memory, GPUs and the node were chosen without it. */
const sized: Owner = { bound: "changes what the plan sized: GPUs, memory and node were chosen without it", fix: "remove it" };
const weights: Owner = { bound: "is decided by where the weights come from", fix: "set weights instead" };
const secret: Owner = { bound: "would put a secret into the pod's arguments", fix: "remove it: keys are checked in front of the engine" };
const prompts: Owner = { bound: "would write prompts or answers to the log", fix: "remove it", mayBeTurnedOff: true };
/** The probes and the verification ask for a chat, or for an embedding of a model that gives them. */
const served: Owner = {
  bound: "changes what the server answers to, and probes and verification ask what the model is for",
  fix: "remove it",
};
const code: Owner = {
  bound: "would load code into the server, in front of its probes and its log",
  fix: "remove it: what checks or changes requests is the gateway's",
};
const telemetry: Owner = { bound: "is set by the monitoring", fix: "set slm:monitoring instead" };

/** Every flag of a list with one owner. */
const all = (owner: Owner, ...flags: string[]): Record<string, Owner> => Object.fromEntries(flags.map((flag) => [flag, owner]));

const vllm: Readonly<Record<string, Owner>> = {
  "--model": field("model"),
  "--served-model-name": { bound: "is the model's name in the environment file", fix: "rename the entry instead" },
  "--max-model-len": field("contextTokens"),
  "--max-num-seqs": field("concurrency"),
  "--max-num-batched-tokens": field("maxNumBatchedTokens"),
  "--gpu-memory-utilization": field("gpuMemoryUtilization"),
  "--kv-cache-dtype": field("kvCacheDtype"),
  "--quantization": field("quantization"),
  "--dtype": field("dtype"),
  "--enforce-eager": field("enforceEager"),
  "--tensor-parallel-size": field("tensorParallel"),
  "--enable-prefix-caching": field("vllm.prefixCaching"),
  "--enable-chunked-prefill": field("vllm.chunkedPrefill"),
  "--enable-auto-tool-choice": field("vllm.toolParser"),
  "--tool-call-parser": field("vllm.toolParser"),
  "--reasoning-parser": field("vllm.reasoningParser"),
  "--structured-outputs-config": field("vllm.structuredOutputs"),
  "--guided-decoding-backend": field("vllm.structuredOutputs"),
  ...all(field("vllm.speculative"), "--speculative-config", "--spec-method", "--spec-model", "--spec-tokens"),
  ...all(
    field("vllm.adapters"),
    "--enable-lora",
    "--max-loras",
    "--max-lora-rank",
    "--lora-modules",
    "--max-cpu-loras",
    "--fully-sharded-loras",
  ),
  ...all(manifest, "--host", "--port", "--uds", "--root-path", "--shutdown-timeout", "--headless", "--grpc", "--grpc-port", "--config"),
  ...all(manifest, "--ssl-keyfile", "--ssl-certfile", "--ssl-ca-certs", "--ssl-cert-reqs", "--ssl-ciphers", "--enable-ssl-refresh"),
  // vllm 0.12.0 wheel, config/model.py
  "--task": { ...served, fix: "remove it: --runner and --convert took its place, and both follow from the model's files" },
  ...all(served, "--runner", "--convert", "--tokens-only", "--skip-tokenizer-init", "--mm-encoder-only"),
  ...all(code, "--middleware"),
  ...all(secret, "--api-key", "--hf-token"),
  ...all(sized, "--pipeline-parallel-size", "--prefill-context-parallel-size", "--decode-context-parallel-size", "--nnodes", "--node-rank"),
  ...all(
    sized,
    "--data-parallel-size",
    "--data-parallel-size-local",
    "--data-parallel-rank",
    "--data-parallel-start-rank",
    "--data-parallel-address",
  ),
  ...all(sized, "--data-parallel-backend", "--data-parallel-rpc-port", "--data-parallel-external-lb", "--data-parallel-hybrid-lb"),
  ...all(
    sized,
    "--data-parallel-multi-port-external-lb",
    "--data-parallel-supervisor-port",
    "--api-server-count",
    "--enable-expert-parallel",
    "--enable-eplb",
    "--enable-elastic-ep",
    "--enable-dbo",
    "--master-addr",
    "--master-port",
  ),
  ...all(
    sized,
    "--cpu-offload-gb",
    "--cpu-offload-params",
    "--swap-space",
    "--kv-offloading-size",
    "--kv-offloading-backend",
    "--offload-backend",
  ),
  ...all(sized, "--offload-group-size", "--offload-num-in-group", "--offload-params", "--offload-prefetch-step", "--kv-transfer-config"),
  ...all(
    sized,
    "--kv-cache-memory-bytes",
    "--num-gpu-blocks-override",
    "--block-size",
    "--mamba-block-size",
    "--disable-hybrid-kv-cache-manager",
    "--kv-cache-dtype-skip-layers",
  ),
  ...all(
    sized,
    "--mm-ipc-gpu-memory-gb",
    "--device-ids",
    "--enable-sleep-mode",
    "--quantization-config",
    "--mamba-ssm-cache-dtype",
    "--mamba-cache-dtype",
  ),
  ...all(
    weights,
    "--download-dir",
    "--load-format",
    "--revision",
    "--code-revision",
    "--tokenizer",
    "--tokenizer-revision",
    "--hf-config-path",
  ),
  ...all(weights, "--hf-overrides", "--model-loader-extra-config", "--ignore-patterns"),
  ...all(prompts, "--enable-log-requests", "--enable-log-outputs", "--enable-log-deltas", "--max-log-len"),
  ...all(telemetry, "--otlp-traces-endpoint", "--enable-request-id-headers", "--disable-log-stats", "--collect-detailed-traces"),
};

const onnx: Readonly<Record<string, Owner>> = {
  "--model-dir": weights,
  "--served-model-name": { bound: "is the model's name in the environment file", fix: "rename the entry instead" },
  "--provider": field("cpu, gpu or size"),
  "--max-context-tokens": field("contextTokens"),
  "--max-slots": field("concurrency"),
  ...all(manifest, "--host", "--port", "--shutdown-timeout"),
};

/** Flags that the plan or the manifest sets, by engine. */
export const ownedFlags: Readonly<Record<EngineName, Readonly<Record<string, Owner>>>> = { vllm, ollama: {}, onnx };
