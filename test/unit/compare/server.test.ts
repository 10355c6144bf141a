import { describe, expect, it, vi } from "vitest";
import { clusterServer, memoryMibIn, type Pod, readySeconds } from "../../../tools/compare/in-cluster";
import { dockerServer, memoryMibOf } from "../../../tools/compare/on-docker";
import { known, type Server, sizeMib, withMemory } from "../../../tools/compare/server";
import { Failure } from "../../../tools/lib/fault";
import { aloneOnPath } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const serverWith = (memoryMib: () => Promise<number>): Server => ({ memoryMib, diskMib: vi.fn(), restart: vi.fn() });

describe("memory", () => {
  it("is the most that was seen, looked at again until all is asked", async () => {
    const seen = [100, 300];
    let looks = 0;
    const server = serverWith(async () => seen[looks++] ?? 200);
    const { result, memoryMib } = await withMemory(server, async () => {
      await vi.waitUntil(() => looks >= 3, 30_000);
      return "asked";
    });
    expect([result, memoryMib]).toEqual(["asked", 300]);
  });
  it("is looked at once at least", async () => {
    expect(
      (
        await withMemory(
          serverWith(async () => 5),
          async () => undefined,
        )
      ).memoryMib,
    ).toBe(5);
  });
  it("is unknown, with the first line of why, where nobody tells; what was asked is measured all the same", async () => {
    const server = serverWith(async () => Promise.reject(new Failure("kubectl get: forbidden\nmore")));
    expect(await withMemory(server, async () => 7)).toEqual({ result: 7, memoryMib: { unknown: "kubectl get: forbidden" } });
  });
  it("is what docker stats prints, whatever its unit", () => {
    expect(["512KiB / 1GiB", "98.5MiB / 1GiB", "1.5GiB / 2GiB\n", "1048576B / 1GiB"].map(memoryMibOf)).toEqual([0.5, 98.5, 1536, 1]);
    expect(() => memoryMibOf("-- / --")).toThrow(new Failure("docker stats: it prints no memory: -- / --"));
  });
});

it("a mistake of ours is not a figure that is unknown", async () => {
  await expect(known(() => Promise.reject(new TypeError("x")))).rejects.toThrow("x");
});

it("a size is what du prints", () => {
  expect(sizeMib("96064\t/models\n")).toBe(93.8125);
  expect(() => sizeMib("du: no such file")).toThrow(Failure);
});

describe("a server in a container", () => {
  const bin = aloneOnPath("docker");

  it("is asked by its name", async () => {
    bin.add("docker", 'case $1 in stats) echo "98.5MiB / 1GiB";; exec) echo "2048 /weights";; esac');
    const server = dockerServer("mine", "chat", 5);
    expect([await server.memoryMib(), await server.diskMib("/weights")]).toEqual([98.5, 2]);
    expect(bin.commands()).toEqual([
      "docker stats --no-stream --format={{.MemUsage}} slm-mine-chat",
      "docker exec slm-mine-chat du -skL /weights",
    ]);
  });
  it("is ready when it answers, from when it was told to start", async () => {
    bin.add("docker", "exit 0");
    const said = [false, false, true];
    const seconds = await dockerServer("mine", "chat", 30).restart(async () => said.shift()!);
    expect(bin.commands().slice(-2)).toEqual(["docker stop slm-mine-chat", "docker start slm-mine-chat"]);
    expect(said).toEqual([]);
    expect(seconds).toBeGreaterThanOrEqual(0.2);
  });
  it("that does not answer any more is told", async () => {
    bin.add("docker", "exit 0");
    await expect(dockerServer("mine", "chat", 0).restart(async () => false)).rejects.toThrow(
      new Failure("it was started again, and did not answer in 0 s"),
    );
  });
});

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const pod = (uid: string, starts: (number | undefined)[], ready?: number): Pod => ({
  metadata: { name: `pod-${uid}`, uid },
  spec: { nodeName: "node" },
  status: {
    conditions: [{ type: "Ready", status: ready === undefined ? "False" : "True", lastTransitionTime: at(ready ?? 0) }],
    containerStatuses: starts.map((start) => ({ state: start === undefined ? {} : { running: { startedAt: at(start) } } })),
  },
});

describe("a server in a cluster", () => {
  it("is ready as long after the start of its last container as its node says", () => {
    expect(readySeconds(pod("a", [1, 3], 9))).toBe(6);
    expect([pod("a", [1]), pod("a", [1, undefined], 9), pod("a", [], 9)].map(readySeconds)).toEqual([undefined, undefined, undefined]);
    const leaving = pod("a", [1], 9);
    expect(readySeconds({ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: at(10) } })).toBeUndefined();
  });
  it("takes the memory of all its containers, and none that is not told", () => {
    const container = (mib?: number) => (mib === undefined ? {} : { memory: { workingSetBytes: mib * 2 ** 20 } });
    const summary = (...mib: (number | undefined)[]) => ({ pods: [{ podRef: { uid: "a" }, containers: mib.map(container) }] });
    expect(memoryMibIn(summary(1, 2), "a")).toBe(3);
    for (const said of [summary(1, undefined), summary(), { pods: [] }])
      expect(() => memoryMibIn(said, "a")).toThrow(new Failure("the node says nothing of the memory of the pod"));
  });

  const asked: string[] = [];
  const cluster = (lists: Pod[][]) =>
    clusterServer(
      async (args) => {
        asked.push(args.join(" "));
        if (args[1] === "pods") return JSON.stringify({ items: lists.length > 1 ? lists.shift() : lists[0] });
        if (args[0] === "exec") return "1024 /weights";
        const pods = ["a", "b"].map((uid, index) => ({
          podRef: { uid },
          containers: [{ memory: { workingSetBytes: (index + 1) * 2 ** 20 } }],
        }));
        return JSON.stringify({ pods });
      },
      "models",
      { name: "chat", engine: "onnx" },
      5,
    );

  it("is asked pod by pod: memory is that of the largest", async () => {
    asked.splice(0);
    const server = cluster([[pod("a", [1], 2), pod("b", [1], 2), pod("c", [1])]]);
    expect([await server.memoryMib(), await server.diskMib("/weights")]).toEqual([2, 1]);
    expect(asked[0]).toMatch(
      /^get pods --namespace=models --selector=app.kubernetes.io\/name=onnx,app.kubernetes.io\/instance=chat,.*slm-stack\/role=server --output=json$/,
    );
    expect(asked).toContain("get --raw=/api/v1/nodes/node/proxy/stats/summary");
    expect(asked).toContain("exec --namespace=models pod-a -- du -skL /weights");
  });
  it("loads as long as the pod that comes in place of one that is deleted", async () => {
    const lists = [[pod("a", [1], 2)], [pod("a", [1], 2), pod("b", [3])], [pod("b", [3], 8)]];
    expect(await cluster(lists).restart(async () => true)).toBe(5);
    expect(asked).toContain("delete pod --namespace=models pod-a --wait=false");
  });
  it("of which no pod is ready tells nothing", async () => {
    await expect(cluster([[pod("a", [1])]]).memoryMib()).rejects.toThrow(new Failure("no pod of it is ready"));
  });
});
