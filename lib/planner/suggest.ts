import { refusals } from "../compatibility/compatibility";
import type { Deployment } from "../compatibility/deployment";
import { ollamaElementBytes } from "../compatibility/ollama";
import { formatCount } from "../units";
import { place, type Site } from "./place";
import type { Quantization } from "./quantization";
import type { Resolved } from "./resolve";

/** Smallest context that a suggestion offers, in tokens. */
const shortestContext = 1024;

/** The smallest changes that would make a model fit, each by itself: stored smaller, a shorter context, fewer requests, or another size. */
export function suggest(resolved: Resolved, site: Site): string[] {
  const fits = (change: Partial<Resolved>, asked: Partial<Deployment> = {}): boolean => {
    const deployment = { ...resolved.deployment, ...asked };
    return refusals(deployment).length === 0 && isChoice(place({ ...resolved, ...change, deployment }, site));
  };
  const quantization = smallerTypes(resolved).find((type) =>
    fits({ quantization: type }, resolved.engine === "vllm" ? { online: type } : { stored: type }),
  );
  const context = shorter(resolved.contextTokens, shortestContext, (contextTokens) => fits({ contextTokens }, { contextTokens }));
  const concurrency = shorter(resolved.concurrency, 1, (value) => fits({ concurrency: value }, { concurrency: value }));
  const eightBits = (resolved.engine === "ollama" ? ollamaElementBytes("fp8") : undefined) ?? 1;
  const cache =
    resolved.engine !== "onnx" && resolved.cacheElementBytes === undefined && fits({ cacheElementBytes: eightBits }, { cacheType: "fp8" });
  const elsewhere = place({ ...resolved, gpu: undefined, request: free(resolved) }, site);
  return [
    ...(quantization ? [`quantization ${quantization}`] : []),
    ...(cache ? ["kvCacheDtype fp8"] : []),
    ...(context ? [`${formatCount(context)} tokens of context`] : []),
    ...(concurrency ? [`concurrency ${concurrency}`] : []),
    ...(isChoice(elsewhere) ? [elsewhere.placement.size] : []),
  ];
}

/** What the same weights can be made, without another repository: vLLM quantizes 16-bit ones while it loads them, Ollama pulls another tag. */
function smallerTypes({ engine, deployment, quantization }: Resolved): readonly Quantization[] {
  if (engine === "vllm") return deployment.stored === undefined && deployment.online === undefined ? ["fp8"] : [];
  return engine === "ollama" ? (["Q4_K_M", "Q3_K"] as const).filter((type) => type !== quantization) : [];
}

const isChoice = (result: ReturnType<typeof place>): result is Exclude<typeof result, string | unknown[]> =>
  typeof result !== "string" && !Array.isArray(result);

/** The request without its wishes for a place. */
const free = ({ request: { gpu: _gpu, size: _size, cpu: _cpu, tensorParallel: _tensorParallel, ...rest } }: Resolved) => rest;

/** The largest of the halves of a value, not below `least`, that fits. */
function shorter(value: number, least: number, fits: (value: number) => boolean): number | undefined {
  for (let half = 2 ** Math.ceil(Math.log2(value) - 1); half >= least; half /= 2) if (half < value && fits(half)) return half;
  return undefined;
}
