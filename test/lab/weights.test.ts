import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { network } from "../../lab/layout";
import type { Locked } from "../../lib/weights/source";
import { build } from "../../tools/build/recipe";
import { smollm2Onnx } from "../../tools/build/recipes";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { lockHuggingFace } from "../../tools/lock/hugging-face";
import { HuggingFaceStandIn, sha256 } from "../support/hugging-face";
import { apply, digests, kubectl, labEnvironment, steps } from "../support/lab";
import { loseNodeOf, mark, markLabel } from "../support/lost-node";
import { Served, underLoad } from "../support/served";

const name = "weights-test";
const lockFile = path.join(workDir, "weights-lock.json");
const token = "hf_a-token-for-this-test";

function environment(weights: object, loadSeconds: number, hfEndpoint?: string, more: object = { storage: { gib: 1, shared: true } }) {
  return labEnvironment(name, (settings) => {
    Object.assign(settings, { "slm:lock": path.relative(repoRoot, lockFile) });
    if (hfEndpoint) Object.assign(settings, { "slm:hfEndpoint": hfEndpoint, "slm:hfToken": { env: "SLM_TEST_TOKEN" } });
    settings["slm:models"] = {
      smollm2: {
        engine: "onnx",
        model: "smollm2-135m-instruct",
        contextTokens: 512,
        cpuCores: 0.2,
        coldStart: { imageSeconds: 10, weightsSeconds: 60, loadSeconds },
        weights: { onnx: weights },
        ...more,
      },
    };
  });
}

const onVolume = { kind: "volume", claim: "models", path: "smollm2" };
let files: Record<string, Buffer>;
const destroy = async () => (await Stack.open(environment(onVolume, 20))).destroy();

beforeAll(async () => {
  for (const image of ["smollm2-onnx", "onnx-server"] as const) await labImage(image);
  const [folder] = await build([smollm2Onnx]);
  files = Object.fromEntries(readdirSync(folder!).map((file) => [file, readFileSync(path.join(folder!, file))]));
  const hashes = Object.fromEntries(Object.entries(files).map(([file, contents]) => [file, sha256(contents)]));
  writeFileSync(lockFile, JSON.stringify({ "volume:models/smollm2": { files: hashes } }));
  await destroy(); // what a failed run of these tests left
});
afterAll(destroy);

/** Copies the model to the claim `models`, with the last bytes of one file cut off. */
async function copyToClaim(pod: string, cutBytes: number): Promise<void> {
  const metadata = { namespace: name };
  const copy = `mkdir -p /models/smollm2 && cp /source/* /models/smollm2/ && f=/models/smollm2/model.onnx.data && truncate -s $(( $(stat -c %s $f) - ${cutBytes} )) $f`;
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  await apply(
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { ...metadata, name: "models" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name: pod },
      spec: {
        restartPolicy: "Never",
        securityContext: { runAsNonRoot: true, runAsUser: 65532, fsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            ...{ name: "copy", image: digests()["python"], command: ["/bin/sh", "-c", copy], securityContext: restricted },
            volumeMounts: [
              { name: "source", mountPath: "/source" },
              { name: "models", mountPath: "/models" },
            ],
          },
        ],
        volumes: [
          { name: "source", image: { reference: digests()["smollm2-onnx"] } },
          { name: "models", persistentVolumeClaim: { claimName: "models" } },
        ],
      },
    },
  );
  await kubectl("wait", `pod/${pod}`, "--namespace", name, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=120s");
}

describe("weights on a claim", () => {
  it("that are truncated fail the update with the file's name and both hashes", async () => {
    const stack = await Stack.open(environment(onVolume, 20));
    const targets = ["--target=**:Environment::*", "--target=**namespace**"];
    await stack.pulumi(["up", "--yes", "--skip-preview", ...targets], { quiet: true });
    await copyToClaim("truncate", 1000);
    const { message } = await stack.pulumi(["up", "--yes", "--skip-preview"], { quiet: true }).then(
      () => new Error("it came up"),
      (error: Error) => error,
    );
    const whole = files["model.onnx.data"]!;
    expect(message).toContain(
      `model.onnx.data has sha256 ${sha256(whole.subarray(0, whole.length - 1000))}, the lock says ${sha256(whole)}`,
    );
  });

  it("that are fixed come up with the next update", async () => {
    await copyToClaim("fix", 0);
    const stack = await Stack.open(environment(onVolume, 300));
    await stack.up();
    expect((await stack.outputs()).verification["smollm2"]!["smollm2"]!.tokensPerSecond).toBeGreaterThan(0);
  });
});

describe("weights of a Hugging Face repository (a stand-in hub, the real client)", () => {
  let hub: HuggingFaceStandIn;
  const lock = async (): Promise<Locked> => {
    const locked = await lockHuggingFace(source, { hubUrl: hub.url, accessToken: token });
    writeFileSync(lockFile, JSON.stringify({ "huggingFace:acme/smollm2-onnx": locked }));
    return locked;
  };
  beforeAll(async () => {
    vi.stubEnv("SLM_TEST_TOKEN", token);
    hub = await HuggingFaceStandIn.start("acme/smollm2-onnx", files, { token, host: network().host });
    await lock();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await hub.stop();
  });

  const source = { kind: "huggingFace", repository: "acme/smollm2-onnx" } as const;
  const up = async (more?: object) => {
    const stack = await Stack.open(environment(source, 300, hub.url, more));
    await stack.up();
    return stack;
  };
  const weights = new Served(name);
  /** A new commit, whose configuration differs by a blank. */
  const commit = (sha: string): void => {
    hub.sha = sha.repeat(40);
    files["tokenizer_config.json"] = Buffer.concat([files["tokenizer_config.json"]!, Buffer.from("\n")]);
  };
  it("are downloaded once with the stack's token, compared with the lock, and served", async () => {
    const stack = await up();
    expect(await kubectl("logs", "--namespace", name, "--selector=slm-stack/role=weights", "--tail=-1")).toMatch(
      /downloading acme\/smollm2-onnx at [0-9a-f]{40}, \d+ MiB[\s\S]*all files are as locked/,
    );
    expect((await stack.outputs()).verification["smollm2"]!["smollm2"]!.tokensPerSecond).toBeGreaterThan(0);
    expect(JSON.stringify(await stack.export())).not.toContain(token);
    expect(await steps(stack)).toEqual({});
  });

  it("leave servers without the token, and without a way to the hub that their weights came from", async () => {
    const pod = await weights.server();
    expect(JSON.stringify(pod.spec)).not.toMatch(/hugging-face|HF_TOKEN/);
    const request = `import urllib.request as u; u.urlopen("${hub.url}/api/models/acme/smollm2-onnx", timeout=5)`;
    await expect(kubectl("exec", "--namespace", name, pod.metadata.name, "--", "python3", "-c", request)).rejects.toThrow(
      /refused|timed out/,
    );
  });

  it("of another commit come to another claim while the old server answers, are what the new one reads, and the old claim goes", async () => {
    const before = await weights.claims();
    commit("b");
    const { files: locked } = await lock();
    expect(await weights.sha256("tokenizer_config.json")).not.toBe(locked["tokenizer_config.json"]);
    const { answered, lost } = await underLoad(environment(source, 300, hub.url), up);
    expect([lost, answered > 0]).toEqual([[], true]);
    expect(await weights.sha256("tokenizer_config.json")).toBe(locked["tokenizer_config.json"]);
    expect(await weights.claims()).toHaveLength(1);
    expect(await weights.claims()).not.toEqual(before);
  });

  it("that are not what the lock says fail the update, and leave the old server, which answers, and its claim", async () => {
    const before = await weights.claims();
    commit("c");
    const { revision, files: locked } = await lock();
    const wrong = { ...locked, "genai_config.json": "0".repeat(64) };
    writeFileSync(lockFile, JSON.stringify({ "huggingFace:acme/smollm2-onnx": { revision, files: wrong } }));
    const stack = await Stack.open(environment(source, 300, hub.url));
    const { lost } = await underLoad(environment(source, 300, hub.url), () =>
      expect(stack.pulumi(["up", "--yes", "--skip-preview"], { quiet: true })).rejects.toThrow(
        `genai_config.json has sha256 ${locked["genai_config.json"]}, the lock says ${"0".repeat(64)}`,
      ),
    );
    expect(lost).toEqual([]);
    expect(await weights.claims()).toEqual(expect.arrayContaining(before));
  });

  it("arrive though the pod that downloads them is deleted in the middle, and the node of the next one is lost; up tells how far they are", async () => {
    await lock();
    let open = () => {};
    hub.gate = new Promise((resolve) => {
      open = resolve;
    });
    hub.asked.splice(0);
    const reported = vi.spyOn(console, "error");
    await mark("yes");
    // The shortest budget that a plan gives: what a lost node takes, the job's deadline has room for beside it.
    const coldStart = { imageSeconds: 10, weightsSeconds: 60, loadSeconds: 300 };
    const update = up({ storage: { gib: 1, shared: true }, nodeLabels: { [markLabel]: "yes" }, coldStart });
    await expect.poll(() => hub.asked.some((url) => url.endsWith("model.onnx.data")), { timeout: 120_000, interval: 500 }).toBe(true);
    const line = /^downloading smollm2: \d+ MiB of \d+ MiB, \d+ MiB left/;
    await expect.poll(() => reported.mock.calls.some(([text]) => line.test(text)), { timeout: 60_000, interval: 500 }).toBe(true);
    await mark("no");
    const first = await weights.downloading();
    await kubectl("delete", "pod", first, "--namespace", name, "--grace-period=0", "--force");
    await expect.poll(() => weights.downloading(), { timeout: 60_000, interval: 500 }).toMatch(/-download-/);
    await loseNodeOf(name, await weights.downloading());
    await mark("yes");
    open();
    await update;
    reported.mockRestore();
    expect(await weights.claims()).toHaveLength(1);
    expect(await weights.sha256("tokenizer_config.json")).toBe(sha256(files["tokenizer_config.json"]!));
  });

  it("move to a larger volume, and to one for a single node, with the claim that held them gone", async () => {
    for (const storage of [{ gib: 2, shared: true }, { gib: 1 }]) {
      const before = await weights.claims();
      await up({ storage });
      expect(await weights.claims()).toHaveLength(1);
      expect(await weights.claims()).not.toEqual(before);
    }
  });

  it("are downloaded again to a claim that somebody deleted, with the pods that used it", async () => {
    const [claim] = await weights.claims();
    await kubectl("delete", "pods", "--namespace", name, "--selector=slm-stack/role=weights");
    await kubectl("scale", "deployment", "smollm2-onnx", "--namespace", name, "--replicas=0");
    await kubectl("delete", claim!, "--namespace", name);
    const stack = await Stack.open(environment(source, 300, hub.url, { storage: { gib: 1 } }));
    await stack.pulumi(["up", "--yes", "--skip-preview", "--refresh"], { quiet: true });
    expect(await weights.sha256("tokenizer_config.json")).toBe(sha256(files["tokenizer_config.json"]!));
  });
});
