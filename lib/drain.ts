import type { EngineName } from "./engines/tables";

/** How a pod leaves, in seconds: it keeps serving while its endpoint is withdrawn, then finishes what it serves. */
export interface Drain {
  /** Pause before the engine is asked to stop; new requests may still come, until endpoints have followed. */
  readonly preStopSeconds: number;
  /** Longest further pause for requests that run, where the engine itself would cut them off. */
  readonly waitSeconds: number;
  /** What the engine takes to finish running requests once reported. */
  readonly shutdownSeconds: number;
}

/**
 * vLLM as KServe's preset: 15 s for endpoints to follow, 45 s to finish (`--shutdown-timeout`, since 0.18); the ONNX server the same.
 * Ollama closes its connections the moment it is asked to stop (server/routes.go), so before that its pod waits until none is open.
 */
export const drains: Readonly<Record<EngineName, Drain>> = {
  vllm: { preStopSeconds: 15, waitSeconds: 0, shutdownSeconds: 45 },
  onnx: { preStopSeconds: 15, waitSeconds: 0, shutdownSeconds: 45 },
  ollama: { preStopSeconds: 15, waitSeconds: 45, shutdownSeconds: 0 },
};

/** Seconds until what is left is killed: all stages, and 15 to end (the ONNX server took up to 11 on a busy machine). */
export const graceSeconds = ({ preStopSeconds, waitSeconds, shutdownSeconds }: Drain): number =>
  preStopSeconds + waitSeconds + shutdownSeconds + 15;
