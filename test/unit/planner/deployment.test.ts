import { describe, expect, it } from "vitest";

import { faultMessage } from "../../../lib/planner/fault";
import { plan } from "../../../lib/planner/plan";
import type { ModelRequest, PlanRequest, Pool, Rollout } from "../../../lib/planner/types";
import { environment } from "../../support/plan";
import { planned, toy } from "../../support/toy-model";

const vllm: ModelRequest = { model: toy, engine: "vllm", contextTokens: 4096, sharedVolume: true };
const ollama: ModelRequest = { ...vllm, engine: "ollama" };
const [a100, t4, cpu] = ["Standard_NC24ads_A100_v4", "Standard_NC4as_T4_v3", "Standard_D4s_v5"];
const kubernetes: Partial<PlanRequest> = { target: "kubernetes" };

describe("a new version", () => {
  const surge = { strategy: "surge", maxSurge: 1, maxUnavailable: 0 } as const;
  const recreate = { strategy: "recreate", maxSurge: 0, maxUnavailable: 1 } as const;
  const oneByOne = { strategy: "replace-one-by-one", maxSurge: 0, maxUnavailable: 1 } as const;
  const interrupts = "a surge would wait for ever; this interrupts the service";
  const pool = (size: string, maxNodes: number): Pool[] => [{ size, maxNodes }];
  const onT4 = { ...vllm, size: t4 };
  it.each<[string, ModelRequest, Pool[], Rollout]>([
    ["a node to spare", onT4, pool(t4, 2), { ...surge, reason: "the pool has room for 2 replicas, 1 run" }],
    ["no node to spare", onT4, pool(t4, 1), { ...recreate, reason: `the pool has room for 1 replicas, 1 run: ${interrupts}` }],
    [
      "a node to spare beside two replicas",
      { ...onT4, replicas: 2 },
      pool(t4, 3),
      { ...surge, reason: "the pool has room for 3 replicas, 2 run" },
    ],
    [
      "no node to spare beside two replicas",
      { ...onT4, replicas: 2 },
      pool(t4, 2),
      { ...oneByOne, reason: "the pool has room for 2 replicas, 2 run: one replica at a time makes room" },
    ],
    [
      "a card to spare on the node",
      { ...vllm, size: "Standard_NC48ads_A100_v4", replicas: 1 },
      pool("Standard_NC48ads_A100_v4", 1),
      { ...surge, reason: "the pool has room for 2 replicas, 1 run" },
    ],
    ["an unknown pool", onT4, [], { ...recreate, reason: `the pool's head-room is not known: ${interrupts}` }],
    [
      "an unknown pool and two replicas",
      { ...onT4, replicas: 2 },
      [],
      { ...oneByOne, reason: "the pool's head-room is not known: one replica at a time makes room" },
    ],
    [
      "another pool",
      onT4,
      pool(a100, 3),
      {
        strategy: "new-pool-first",
        maxSurge: 1,
        maxUnavailable: 0,
        reason: "no pool has Standard_NC4as_T4_v3: create it, move over, then remove the old one",
      },
    ],
    [
      "its own pool beside another",
      onT4,
      [...pool(a100, 3), ...pool(t4, 2)],
      { ...surge, reason: "the pool has room for 2 replicas, 1 run" },
    ],
    [
      "CPU nodes that are not known",
      { ...ollama, size: cpu },
      [],
      { ...surge, reason: "on CPU nodes: the old replica serves until the new one is ready" },
    ],
    [
      "a full pool of CPU nodes",
      { ...ollama, size: cpu },
      pool(cpu, 1),
      { ...recreate, reason: `the pool has room for 1 replicas, 1 run: ${interrupts}` },
    ],
    [
      "a volume of one node",
      { ...onT4, sharedVolume: false },
      pool(t4, 2),
      { ...recreate, reason: "the weights' volume serves one node at a time: a surge could wait for it for ever" },
    ],
    [
      "a claim of which nothing says that it serves several nodes",
      { ...onT4, sharedVolume: false, weights: { vllm: { kind: "volume", claim: "models" } } },
      pool(t4, 2),
      { ...recreate, reason: "the weights' volume serves one node at a time: a surge could wait for it for ever" },
    ],
    [
      "a claim that serves several nodes",
      { ...onT4, sharedVolume: true, weights: { vllm: { kind: "volume", claim: "models" } } },
      pool(t4, 2),
      { ...surge, reason: "the pool has room for 2 replicas, 1 run" },
    ],
    [
      "a further model's volume of one node",
      {
        ...ollama,
        size: cpu,
        sharedVolume: false,
        weights: { ollama: { kind: "volume", claim: "models", path: "a.gguf" } },
        additionalModels: { other: { model: toy } },
      },
      pool(cpu, 2),
      { ...recreate, reason: "the weights' volume serves one node at a time: a surge could wait for it for ever" },
    ],
  ])("on %s", (_what, request, pools, rollout) => {
    expect(planned(request, { pools }).rollout).toEqual(rollout);
  });
});

describe("the budget of a cold start, half again what was measured", () => {
  // node and GPU 410 s, CPU node 284, image 101; weights at least 60 s; load at least 180 s, with 195 s to compile or 30 to warm up
  it.each<[string, ModelRequest, Partial<PlanRequest>, object]>([
    [
      "of vLLM on a new GPU node",
      vllm,
      {},
      { nodeSeconds: 615, imageSeconds: 152, weightsSeconds: 60, loadSeconds: 180 + 293, compileSeconds: 293, totalSeconds: 1300 },
    ],
    [
      "of vLLM on a node that is there",
      vllm,
      kubernetes,
      { nodeSeconds: 0, imageSeconds: 152, weightsSeconds: 60, loadSeconds: 473, compileSeconds: 293, totalSeconds: 685 },
    ],
    [
      "of vLLM without compiling",
      { ...vllm, enforceEager: true },
      {},
      { nodeSeconds: 615, imageSeconds: 152, weightsSeconds: 60, loadSeconds: 180 + 45, compileSeconds: 45, totalSeconds: 1052 },
    ],
    [
      "of Ollama on a new CPU node",
      ollama,
      {},
      { nodeSeconds: 426, imageSeconds: 152, weightsSeconds: 60, loadSeconds: 225, compileSeconds: 45, totalSeconds: 863 },
    ],
    [
      "of stages that were measured",
      { ...vllm, coldStart: { imageSeconds: 1, weightsSeconds: 2, loadSeconds: 3 } },
      {},
      { nodeSeconds: 615, imageSeconds: 1, weightsSeconds: 2, loadSeconds: 3, compileSeconds: 293, totalSeconds: 621 },
    ],
    [
      "of one stage that was measured",
      { ...vllm, coldStart: { imageSeconds: 10 } },
      kubernetes,
      { nodeSeconds: 0, imageSeconds: 10, weightsSeconds: 60, loadSeconds: 473, compileSeconds: 293, totalSeconds: 543 },
    ],
  ])("%s", (_what, request, more, seconds) => {
    expect(planned(request, more).coldStart).toEqual(seconds);
  });

  it("grows with the weights: 187 s for 27.4 GiB brought, 83 s for 51.75 GiB loaded", () => {
    // 80 GiB in all, whether on one card or two
    const large: ModelRequest = { ...vllm, model: { ...toy, checkpointQuantization: "fp8", publishedWeightsGib: 80, contextTokens: 4096 } };
    const rotary = (4096 * 64 * 2) / 2 ** 30;
    const on = (tensorParallel: number) => planned({ ...large, tensorParallel, gpu: "h100-nvl-94gb" }, kubernetes).coldStart;
    const seconds = (gib: number, perGib: number) => Math.ceil(1.5 * gib * perGib);
    expect([on(1).weightsSeconds, on(2).weightsSeconds]).toEqual([seconds(80 + rotary, 187 / 27.4), seconds(80 + 2 * rotary, 187 / 27.4)]);
    expect(on(1).weightsSeconds).toBe(819); // 818.98
    // 80 × 83 / 51.75 × 1.5 = 192.5, above the least
    expect([on(1).loadSeconds, on(2).loadSeconds]).toEqual([193 + 293, 193 + 293]);
  });
});

describe("a pod", () => {
  it.each<[string, ModelRequest, Partial<PlanRequest>, object]>([
    // 9 GiB for the process and a file on its way, 2 or 8 of shared memory; two cores and two for each card
    [
      "of vLLM",
      { ...vllm, size: a100 },
      {},
      { cpuCores: 4, memoryMib: 11 * 1024, shmGib: 2, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 1 },
    ],
    [
      "of vLLM on two cards",
      { ...vllm, gpu: "a100", tensorParallel: 2 },
      {},
      { cpuCores: 6, memoryMib: 17 * 1024, shmGib: 8, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 2 },
    ],
    [
      "with one core left to the node",
      { ...vllm, size: t4 },
      {},
      { cpuCores: 3, memoryMib: 11 * 1024, shmGib: 2, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 1 },
    ],
    [
      "with its part of a node's cores: 24 / 7 - 1, rounded down",
      { ...vllm, size: a100, replicas: 7 },
      {},
      { cpuCores: 2, memoryMib: 11 * 1024, shmGib: 2, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 1 },
    ],
    [
      "of Ollama on a GPU",
      { ...ollama, size: a100 },
      {},
      { cpuCores: 4, memoryMib: 9 * 1024, shmGib: 0, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 1 },
    ],
    // 0.177 + 0.127 + 0.75 + 0.0625 + 0.3 GiB
    [
      "of Ollama on a CPU",
      { ...ollama, size: cpu },
      {},
      { cpuCores: 3, memoryMib: 1451, shmGib: 0, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 0 },
    ],
    [
      "with four cores for each request",
      { ...ollama, size: "Standard_D16s_v5" },
      {},
      { cpuCores: 4, memoryMib: 1451, shmGib: 0, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 0 },
    ],
    [
      "with at least one core",
      { ...ollama, size: "Standard_D2s_v5", concurrency: 3 },
      {},
      { cpuCores: 1, memoryMib: 1579, shmGib: 0, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 0 },
    ],
    [
      "as asked for",
      { ...vllm, size: a100, cpuCores: 0.5, memoryMib: 4000 },
      {},
      { cpuCores: 0.5, memoryMib: 4000, shmGib: 2, ephemeralStorageGib: 10, imageVolumeGib: 0, gpuCount: 1 },
    ],
  ])("%s", (_what, request, more, pod) => {
    expect(planned(request, more).pod).toEqual(pod);
  });

  it("copies the weights to its own disk only where Ollama makes its store in the pod: a fifth more than they are, and 10 GiB", () => {
    const disk = (request: Partial<ModelRequest>) => planned({ ...ollama, ...request }, kubernetes).pod.ephemeralStorageGib;
    const large = { ...toy, parameters: 20e9 }; // 20e9 × 4.8944 bits: 11.395 GiB, of which 1.2 are 13.67
    const image = { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}`, path: "toy.gguf" } as const;
    expect([disk({ model: large }), disk({ model: large, weights: { ollama: image } })]).toEqual([10, 24]);
  });
});

describe("what is downloaded", () => {
  const of = (request: Partial<ModelRequest>, more: Partial<PlanRequest> = {}) => planned({ ...vllm, ...request }, more).download;
  const sixteen = (310_378_496 * 2 + 32_768 * 64 * 2) / 2 ** 30;
  it("is the repository, with room on the volume: a fifth more, and 1 GiB", () => {
    expect(of({})).toEqual({ repository: "org/toy", revision: null, downloadGib: sixteen, claimGib: 2, from: "estimated" });
    expect(of({ model: { ...toy, parameters: 20e9 } })!.claimGib).toBe(Math.ceil(1.2 * ((20e9 * 2 + 32_768 * 64 * 2) / 2 ** 30) + 1));
  });

  it("is in 16 bits though the engine quantizes it while it loads", () => {
    expect(of({ quantization: "fp8" })!.downloadGib).toBe(sixteen);
    expect(of({ model: { ...toy, checkpointQuantization: "fp8" } })!.downloadGib).toBeLessThan(0.7 * sixteen);
  });

  it("is as large as the lock says", () => {
    const lock = { "huggingFace:org/toy": { revision: "1234567", files: { a: "a".repeat(64) }, sizes: { a: 2 ** 30, b: 2 ** 29 } } };
    expect(of({}, { lock })).toEqual({ repository: "org/toy", revision: "1234567", downloadGib: 1.5, claimGib: 3, from: "lock" });
  });

  it("is a tag of Ollama's library, and of each further model", () => {
    const weights = (310_378_496 * 4.8944) / 8 / 2 ** 30;
    expect(of({ engine: "ollama" })).toEqual({ downloadGib: expect.closeTo(weights, 6), claimGib: 2, from: "estimated" });
    expect(of({ engine: "ollama", additionalModels: { other: { model: toy } } })!.downloadGib).toBeCloseTo(2 * weights, 6);
  });

  it("is nothing where an image, a claim or the engine's image holds it", () => {
    const image = { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}` } as const;
    for (const source of [image, { kind: "volume", claim: "models" }, { kind: "baked", path: "/x" }] as const)
      expect(of({ weights: { vllm: source } }), source.kind).toBeUndefined();
  });

  it("is read from the volume at the pace of its class: a premium file share gives 110 MiB/s at 100 GiB", () => {
    const large = { ...vllm, model: { ...toy, parameters: 30e9 }, size: a100 };
    const load = (request: Partial<ModelRequest>) => planned({ ...large, ...request }).coldStart.loadSeconds;
    const gib = (30e9 * 2 + 32_768 * 64 * 2) / 2 ** 30;
    expect(load({ volumeClass: "azurefile-csi-premium", volumeGib: 100 })).toBe(Math.ceil((1.5 * gib * 1024) / 110) + 293);
    expect(load({ volumeClass: "azurefile-premium", volumeGib: 1000 })).toBe(Math.ceil((1.5 * gib * 1024) / 200) + 293);
    expect(load({ volumeClass: "fast" })).toBe(load({}));
  });

  it("of a class whose pace is not known is warned of, unless the load was measured", () => {
    const onT4 = { ...vllm, size: t4 };
    const warning = "the throughput of the storage class fast is not known: set coldStart.loadSeconds if a start takes longer than planned";
    expect(planned({ ...onT4, volumeClass: "fast" }).warnings).toContain(warning);
    expect(planned({ ...onT4, volumeClass: "fast", coldStart: { loadSeconds: 500 } }).warnings).not.toContain(warning);
    expect(planned({ ...onT4, volumeClass: "azurefile-csi-premium" }).warnings.join()).not.toContain("throughput");
  });
});

describe("a cold start that the environment shortens", () => {
  const size = { ...vllm, model: { ...toy, parameters: 30e9 }, size: a100, volumeClass: "azurefile-csi-premium", volumeGib: 100 };
  const refused = (request: ModelRequest): string[] => plan(environment({ chat: request })).faults.map(faultMessage);
  // 55.88 GiB at 110 MiB/s
  const bound = "must be at least 521 s: 55.88 GiB of weights, and the storage class azurefile-csi-premium of 100 GiB moves 110 MiB/s";
  const fix = "leave it out for what the plan computes, raise it, or use a larger or faster volume (storage)";

  it.each(["weightsSeconds", "loadSeconds"] as const)("below what its volume needs is refused: %s", (stage) => {
    expect(refused({ ...size, coldStart: { [stage]: 520 } })).toEqual([`models.chat.coldStart.${stage}: ${bound}, got 520; ${fix}`]);
    expect(refused({ ...size, coldStart: { [stage]: 521 } })).toEqual([]);
  });

  it("below what was measured elsewhere is warned of, for a faster machine may do it", () => {
    const warnings = (coldStart: ModelRequest["coldStart"]) =>
      planned({ ...size, volumeClass: "fast", coldStart: coldStart! }).warnings.join();
    expect(warnings({ weightsSeconds: 381, loadSeconds: 89 })).toContain(
      "coldStart.weightsSeconds is 381 s, and where it was measured 55.88 GiB of weights took 382 s,coldStart.loadSeconds is 89 s, and where it was measured 55.88 GiB of weights took 90 s",
    );
    expect(warnings({ weightsSeconds: 382, loadSeconds: 90 })).not.toContain("where it was measured");
  });

  it("is written to the volume no faster than it is read", () => {
    expect(planned(size).coldStart.weightsSeconds).toBe(Math.ceil((1.5 * ((30e9 * 2 + 32_768 * 64 * 2) / 2 ** 30) * 1024) / 110));
  });
});
