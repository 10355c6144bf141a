import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { built } from "../../lab/built";
import { labImage } from "../../lab/images-on-demand";
import { files } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { smollm2 } from "../../tools/build/recipes";
import { digests, kubectl } from "../support/lab";

const namespace = "image-volume-test";

/** Starts a shell in a restricted pod with the image mounted at /weights. */
async function start(name: string, reference: string, script: string): Promise<void> {
  const locked = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
  const container = { name: "reader", image: digests()["busybox"], args: ["-c", script], securityContext: locked };
  await apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
      volumes: [{ name: "weights", image: { reference, pullPolicy: "IfNotPresent" } }],
      containers: [{ ...container, volumeMounts: [{ name: "weights", mountPath: "/weights" }] }],
    },
  });
}

async function apply(object: object): Promise<void> {
  const { kubernetes } = await built();
  const args = ["--kubeconfig", files.kubeconfig, "apply", "-f", "-"];
  await execa(path.join(kubernetes, "kubectl"), args, { input: JSON.stringify(object) });
}

const removeNamespace = () => kubectl("delete", "namespace", namespace, "--ignore-not-found");
let weights: string;
beforeAll(async () => {
  await removeNamespace(); // what a failed run of these tests left
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels } });
  weights = await labImage("smollm2-gguf");
});
afterAll(removeNamespace);

it("makes an image once somebody asks for it, by digest, and lists it beside the others", async () => {
  expect(weights).toMatch(/\/smollm2-gguf:0\.1\.2-[0-9a-f]{12}@sha256:[0-9a-f]{64}$/);
  expect(digests()).toMatchObject({ ollama: expect.stringContaining("@sha256:"), "smollm2-gguf": weights });
  expect(await labImage("smollm2-gguf")).toBe(weights);
});

it("mounts an image as a volume: the same bytes, readable by any user, and not to be changed", async () => {
  const [folder] = await build([smollm2]);
  const sha256 = createHash("sha256")
    .update(readFileSync(path.join(folder!, "model.gguf")))
    .digest("hex");
  await start("reader", weights, "cd /weights && ls && sha256sum *.gguf; touch new 2>&1 || true");
  await kubectl("wait", "pod/reader", "--namespace", namespace, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s");
  expect((await kubectl("logs", "reader", "--namespace", namespace)).split("\n")).toEqual([
    "smollm2-135m-instruct-q4_1.gguf",
    `${sha256}  smollm2-135m-instruct-q4_1.gguf`,
    "touch: new: Read-only file system",
  ]);
});

it("does not start a pod whose weights are not there, and says so", async () => {
  const missing = weights.replace(/@sha256:.*/, `@sha256:${"0".repeat(64)}`);
  await start("lost", missing, "ls /weights");
  const events = () => kubectl("get", "events", "--namespace", namespace, "--output=jsonpath={.items[*].message}");
  await expect.poll(events, { timeout: 60_000, interval: 500 }).toMatch(/smollm2-gguf@sha256:0{64}: not found/);
  expect(await kubectl("get", "pod", "lost", "--namespace", namespace, "--output=jsonpath={.status.phase}")).toBe("Pending");
});
