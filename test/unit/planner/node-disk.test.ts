import { describe, expect, it } from "vitest";

import { faultMessage } from "../../../lib/planner/fault";
import { type NodeDisk, nodeDiskFaults } from "../../../lib/planner/node-disk";
import { plan } from "../../../lib/planner/plan";
import type { ModelPlan, ModelRequest } from "../../../lib/planner/types";
import { environment } from "../../support/plan";

interface Pods {
  replicas?: number;
  nodes?: number;
  gib?: number;
  imageGib?: number;
  gpu?: string | null;
  maxSurge?: number;
}

/** A model as far as its node's disk goes. */
const model = ({ replicas = 1, nodes = 1, gib = 10, imageGib = 0, gpu = null, maxSurge = 0 }: Pods, name = "chat") =>
  ({
    name,
    replicas,
    placement: { nodes, gpu },
    pod: { ephemeralStorageGib: gib, imageVolumeGib: imageGib },
    rollout: { maxSurge },
  }) as unknown as ModelPlan;

const messages = (pods: Pods, disk: Partial<NodeDisk> = {}): string[] =>
  nodeDiskFaults([model(pods)], { path: "disk", gib: 100, largestGib: 2048, nodes: 1, ...disk }).map(faultMessage);

describe("the disk of a node", () => {
  it.each<[string, Pods, Partial<NodeDisk>]>([
    ["of which nine tenths may be used", { replicas: 9 }, {}],
    ["of a model that is stopped", { replicas: 0, gib: 1000 }, {}],
    ["where the pods lie on two nodes", { replicas: 18, nodes: 2 }, { nodes: 2 }],
    ["where a rollout's pod has a node of its own", { replicas: 9, maxSurge: 1 }, { nodes: 2 }],
    ["with an image of weights once for all", { replicas: 8, imageGib: 10 }, {}],
    ["with a GPU's image", { replicas: 4, gib: 21, gpu: "a10" }, {}],
  ])("holds what is planned: %s", (_what, pods, disk) => expect(messages(pods, disk)).toEqual([]));

  it.each<[string, Pods, Partial<NodeDisk>, string]>([
    [
      "of one pod too many",
      { replicas: 10 },
      {},
      "disk: must hold what models.chat asks of one node's disk, 100 GiB: 10 pods with 10 GiB; 10 % stay free, got 100; use 112 or more, spread the replicas over more nodes, or let the weights lie on a claim",
    ],
    [
      "of an uneven spread",
      { replicas: 19, nodes: 2 },
      { nodes: 2 },
      "disk: must hold what models.chat asks of one node's disk, 100 GiB: 10 pods with 10 GiB; 10 % stay free, got 100; use 112 or more, spread the replicas over more nodes, or let the weights lie on a claim",
    ],
    [
      "of one that a rollout adds where there is no other node",
      { replicas: 9, maxSurge: 1 },
      {},
      "disk: must hold what models.chat asks of one node's disk, 100 GiB: 10 pods with 10 GiB; 10 % stay free, got 100; use 112 or more, spread the replicas over more nodes, or let the weights lie on a claim",
    ],
    [
      "with the image of weights",
      { gib: 81, imageGib: 9.5 },
      {},
      "disk: must hold what models.chat asks of one node's disk, 90.5 GiB: 1 pod with 81 GiB, an image of weights of 9.50 GiB; 10 % stay free, got 100; use 101 or more, spread the replicas over more nodes, or let the weights lie on a claim",
    ],
    [
      "with a GPU's image, where no larger disk can be had",
      { gib: 85, gpu: "a10" },
      { largestGib: 100 },
      "disk: must hold what models.chat asks of one node's disk, 90.2 GiB: 1 pod with 85 GiB, the engine's image of 5.22 GiB; 10 % stay free, got 100; spread the replicas over more nodes, or let the weights lie on a claim",
    ],
  ])("is too small %s", (_what, pods, disk, message) => expect(messages(pods, disk)).toEqual([message]));
});

describe("a plan", () => {
  const image = { kind: "image", reference: `r/x@sha256:${"a".repeat(64)}`, path: "model.gguf" } as const;
  const eight: ModelRequest = {
    engine: "ollama",
    model: "qwen3-14b",
    size: "Standard_ND96asr_v4",
    replicas: 8,
    weights: { ollama: image },
  };
  const faults = (diskGib?: number, migProfile?: string) => {
    const pool = { size: "Standard_ND96asr_v4", maxNodes: 1, ...(diskGib ? { diskGib } : {}), ...(migProfile ? { migProfile } : {}) };
    return plan(environment({ chat: eight }, { target: "kubernetes", pools: [pool] })).faults.map(faultMessage);
  };

  it("refuses pods that copy their weights to a disk without room for all of them", () => {
    // 10 GiB of its own, and 1.2 × 8.4 GiB of Q4_K_M
    expect(faults(170)).toEqual([
      expect.stringMatching(/^pools\[0\]\.diskGib: must hold .*8 pods with 21 GiB, an image of weights of 8\.\d+ GiB/),
    ]);
    expect(faults(256)).toEqual([]);
  });

  it("asks nothing of a disk that nobody named", () => expect(faults()).toEqual([]));
});
