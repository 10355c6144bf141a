import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { files, network } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { smollm2Onnx } from "../../tools/build/recipes";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { lockHuggingFace } from "../../tools/lock/hugging-face";
import { HuggingFaceStandIn } from "../support/hugging-face";
import { apply, kubectl, labEnvironment } from "../support/lab";
import { filesWith, holds, watchCommandLines } from "../support/planted";

const name = "secrets-test";
const token = "hf_PlantedToBeLookedForEverywhere0123456789";
const repository = "acme/planted";
const lockFile = path.join(workDir, "secrets-lock.json");

/** A model whose weights need the planted token. */
const environment = (hfEndpoint = "http://127.0.0.1:1") =>
  labEnvironment(name, (settings) => {
    Object.assign(settings, {
      "slm:lock": path.relative(repoRoot, lockFile),
      "slm:hfEndpoint": hfEndpoint,
      "slm:hfToken": { env: "SLM_TEST_TOKEN" },
    });
    settings["slm:models"] = {
      smollm2: {
        ...{ engine: "onnx", model: "smollm2-135m-instruct", contextTokens: 512, cpuCores: 0.2, storage: { gib: 1 } },
        coldStart: { imageSeconds: 10, weightsSeconds: 10, loadSeconds: 300 },
        weights: { onnx: { kind: "huggingFace", repository } },
      },
    };
  });

let hub: HuggingFaceStandIn;
let stack: Stack;
const printed: Record<string, string> = {};
let commandLines: { looks: number; found: string[] };

beforeAll(async () => {
  vi.stubEnv("SLM_TEST_TOKEN", token);
  for (const image of ["smollm2-onnx", "onnx-server"] as const) await labImage(image);
  const [folder] = await build([smollm2Onnx]);
  const weights = Object.fromEntries(readdirSync(folder!).map((file) => [file, readFileSync(path.join(folder!, file))]));
  hub = await HuggingFaceStandIn.start(repository, weights, { token, host: network().host });
  const locked = await lockHuggingFace({ kind: "huggingFace", repository }, { hubUrl: hub.url, accessToken: token });
  writeFileSync(lockFile, JSON.stringify({ [`huggingFace:${repository}`]: locked }));
  await (await Stack.open(environment())).destroy(); // what a failed run of these tests left

  const watch = watchCommandLines(token);
  stack = await Stack.open(environment(hub.url));
  for (const format of ["--diff", "--json"]) printed[`preview ${format}`] = await stack.preview([format], { quiet: true });
  printed["up"] = await stack.pulumi(["up", "--yes", "--diff", ...stack.policies()], {
    quiet: true,
    withErrors: true,
  });
  commandLines = await watch.stop();
});
afterAll(async () => {
  await (await Stack.open(environment(hub.url))).destroy();
  vi.unstubAllEnvs();
  await hub.stop();
});

const objects = async (...kinds: string[]) =>
  kubectl("get", kinds.join(","), "--namespace", name, "--output=yaml", "--show-managed-fields");
const everyKind =
  "pods,deployments,replicasets,services,endpointslices,configmaps,networkpolicies,persistentvolumeclaims,events,serviceaccounts";

describe("a token that is used", () => {
  it("was needed: the hub answered to it, and to nobody without", async () => {
    expect(hub.asked.some((url) => url.includes("/resolve/"))).toBe(true);
    expect((await fetch(`${hub.url}/api/models/${repository}`)).status).toBe(401);
  });

  it.each(["preview --diff", "preview --json", "up"])("is not printed by %s", (command) => {
    expect(printed[command]!.length).toBeGreaterThan(1000);
    expect(holds(printed[command]!, token)).toBe(false);
  });

  it("is not in the state, nor in what the engine keeps beside it or leaves", async () => {
    const shown = await stack.pulumi(["stack", "export", "--show-secrets"], { quiet: true });
    expect(holds(shown, token), "it is there, for who has the passphrase").toBe(true);
    expect(filesWith(files.pulumiState, token)).toEqual([]);
    expect(filesWith(workDir, token)).toEqual([]);
  });

  it("is in no object of the cluster but its Secret, and there in no field but data", async () => {
    expect(holds(await objects(...everyKind.split(",")), token)).toBe(false);
    const secret = JSON.parse(await kubectl("get", "secrets", "--namespace", name, "--output=json", "--show-managed-fields"));
    const withoutData = secret.items.map(({ data, ...rest }: { data: object }) => rest);
    expect(secret.items.filter(({ data }: { data: object }) => holds(JSON.stringify(data), token))).toHaveLength(1);
    expect(holds(JSON.stringify(withoutData), token)).toBe(false);
  });

  it("is in no log of a pod or of the cluster", async () => {
    const pods = (await kubectl("get", "pods", "--namespace", name, "--output=name")).trim().split("\n");
    expect(pods.length).toBeGreaterThanOrEqual(3);
    for (const pod of pods) {
      const log = await kubectl("logs", "--namespace", name, pod, "--all-containers", "--tail=-1");
      expect(log.length, pod).toBeGreaterThan(0);
      expect(holds(log, token), pod).toBe(false);
    }
    expect(filesWith(files.logs, token)).toEqual([]);
  });

  it("is out of reach of another workload: no file, no variable, no account to ask the cluster with, and no way there", async () => {
    const server = (await kubectl("get", "pods", "--namespace", name, "--selector=slm-stack/role=server", "--output=name")).trim();
    const inServer = (code: string) =>
      kubectl("exec", "--namespace", name, server, "--", "python3", "-c", code).catch((error: Error) => error.message);
    expect(await inServer('import os; print(os.listdir("/mnt/secrets"))')).toContain("No such file or directory");
    expect(await inServer('import os; print(os.listdir("/var/run/secrets/kubernetes.io"))')).toContain("No such file or directory");
    expect(holds(await inServer("import os; print(os.environ)"), token)).toBe(false);
    const ask = `import urllib.request as u; u.urlopen("https://${network().apiService}/api/v1/namespaces/${name}/secrets", timeout=4)`;
    expect(await inServer(ask)).toMatch(/timed out|refused/);
  });

  it("was in no process's arguments while it was brought to its use", () => {
    expect(commandLines.looks).toBeGreaterThan(20);
    expect(commandLines.found).toEqual([]);
  });

  it("would have been found in arguments, objects and files: the search itself finds what is planted", async () => {
    const watch = watchCommandLines(token);
    const shown = spawn("sleep", ["2"], { argv0: `sleep --token=${token}` });
    await once(shown, "exit");
    expect((await watch.stop()).found).not.toEqual([]);

    const metadata = { name: "planted", namespace: name };
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { note: Buffer.from(`x${token}`).toString("base64") } });
    expect(holds(await objects(...everyKind.split(",")), token)).toBe(true);
    await kubectl("delete", "configmap", "planted", "--namespace", name);

    const planted = path.join(files.pulumiState, "planted");
    writeFileSync(planted, `token: ${token}`);
    expect(filesWith(files.pulumiState, token)).toEqual(["planted"]);
    rmSync(planted);
  });
});
