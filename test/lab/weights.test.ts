import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { network } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { smollm2Onnx } from "../../tools/build/recipes";
import { checkout, scratch } from "../../tools/lib/places";
import { Stack } from "../../tools/lib/stack";
import { lockHuggingFace } from "../../tools/lock/hugging-face";
import { HuggingFaceStandIn, sha256 } from "../support/hugging-face";
import { apply, digests, kubectl, labEnvironment } from "../support/lab";

const name = "weights-test";
const lockFile = path.join(scratch, "weights-lock.json");
const token = "hf_a-token-for-this-test";

function environment(weights: object, loadSeconds: number, hfEndpoint?: string) {
  return labEnvironment(name, (settings) => {
    Object.assign(settings, { "slm:lock": path.relative(checkout, lockFile) });
    if (hfEndpoint) Object.assign(settings, { "slm:hfEndpoint": hfEndpoint, "slm:hfToken": { env: "SLM_TEST_TOKEN" } });
    settings["slm:models"] = {
      smollm2: {
        engine: "onnx",
        model: "smollm2-135m-instruct",
        contextTokens: 512,
        cpuCores: 0.2,
        storage: { gib: 1 },
        coldStart: { imageSeconds: 10, weightsSeconds: 10, loadSeconds },
        weights: { onnx: weights },
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
    await stack.pulumi(["up", "--yes", "--skip-preview", "--target=**namespace**"], { quiet: true });
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

  it("that are mended come up with the next update", async () => {
    await copyToClaim("mend", 0);
    const stack = await Stack.open(environment(onVolume, 300));
    await stack.up();
    expect((await stack.outputs()).verified["smollm2"]!["smollm2"]!.tokensPerSecond).toBeGreaterThan(0);
  });
});

describe("weights of a Hugging Face repository (a stand-in hub, the real client)", () => {
  let hub: HuggingFaceStandIn;
  beforeAll(async () => {
    vi.stubEnv("SLM_TEST_TOKEN", token);
    hub = await HuggingFaceStandIn.start("acme/smollm2-onnx", files, { token, host: network().host });
    const locked = await lockHuggingFace({ kind: "huggingFace", repository: "acme/smollm2-onnx" }, { hubUrl: hub.url, accessToken: token });
    writeFileSync(lockFile, JSON.stringify({ "huggingFace:acme/smollm2-onnx": locked }));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await hub.stop();
  });

  const source = { kind: "huggingFace", repository: "acme/smollm2-onnx" };
  const weightsLog = () => kubectl("logs", "--namespace", name, "--selector=slm-stack/role=weights", "--tail=-1");
  const server = async () =>
    JSON.parse(await kubectl("get", "pods", "--namespace", name, "--selector=slm-stack/role=server", "--output=json")).items[0];

  it("are brought once with the stack's token, compared with the lock, and served", async () => {
    const stack = await Stack.open(environment(source, 300, hub.url));
    await stack.up();
    expect(await weightsLog()).toMatch(/bringing acme\/smollm2-onnx at [0-9a-f]{40}, \d+ MiB[\s\S]*all files are as locked/);
    expect((await stack.outputs()).verified["smollm2"]!["smollm2"]!.tokensPerSecond).toBeGreaterThan(0);
    expect(JSON.stringify(await stack.export())).not.toContain(token);
  });

  it("leave servers without the token, and without a way to the hub that their weights came from", async () => {
    const pod = await server();
    expect(JSON.stringify(pod.spec)).not.toMatch(/hugging-face|HF_TOKEN/);
    const reach = `import urllib.request as u; u.urlopen("${hub.url}/api/models/acme/smollm2-onnx", timeout=5)`;
    await expect(kubectl("exec", "--namespace", name, pod.metadata.name, "--", "python3", "-c", reach)).rejects.toThrow(
      /refused|timed out/,
    );
  });

  it("are not brought or hashed again for another pod that looks for them", async () => {
    await kubectl("delete", "pod", "--namespace", name, "--selector=slm-stack/role=weights");
    const stack = await Stack.open(environment(source, 300, hub.url));
    await stack.pulumi(["up", "--yes", "--skip-preview", "--refresh"], { quiet: true });
    expect(await weightsLog()).toMatch(/acme\/smollm2-onnx is on the volume\n.*weights: checked before/);
  });
});
