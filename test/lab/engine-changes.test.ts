import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { built } from "../../lab/built";
import { labImage } from "../../lab/images-on-demand";
import { network } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { smollm2Onnx } from "../../tools/build/recipes";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { lockHuggingFace } from "../../tools/lock/hugging-face";
import { HuggingFaceStandIn, sha256 } from "../support/hugging-face";
import { digests, labEnvironment, steps } from "../support/lab";
import type { Load } from "../support/load";
import { connections, Served, underLoad } from "../support/served";

const name = "engine-changes-test";
const file = (kind: string): string => path.join(workDir, `${name}-${kind}.json`);
const source = { kind: "huggingFace", repository: "acme/smollm2-onnx" } as const;
const gguf = "smollm2-135m-instruct-q4_1.gguf";

/** One model, by Ollama from an image or by the ONNX server from a claim that is filled from the hub. */
const environment = (engine: "ollama" | "onnx") =>
  labEnvironment(name, (settings) => {
    settings["slm:images"] = path.relative(repoRoot, file("images"));
    Object.assign(settings, { "slm:lock": path.relative(repoRoot, file("lock")), "slm:hfEndpoint": hub.url });
    settings["slm:models"] = {
      smollm2: {
        engine,
        model: "smollm2-135m-instruct",
        contextTokens: 512,
        cpuCores: 0.2,
        coldStart: { loadSeconds: 600 },
        weights: { onnx: source, ollama: { kind: "image", image: "smollm2-gguf", path: gguf } },
        ...(engine === "onnx" ? { storage: { gib: 1, shared: true } } : {}),
      },
    };
  });

let hub: HuggingFaceStandIn;
const served = new Served(name);
/** Changes the environment under load. */
async function change(from: "ollama" | "onnx", to: "ollama" | "onnx"): Promise<Load> {
  const seen = await underLoad(environment(from), async () => (await Stack.open(environment(to))).up());
  expect(seen.answered).toBeGreaterThan(0);
  return seen;
}

beforeAll(async () => {
  for (const image of ["smollm2-gguf", "onnx-server"] as const) await labImage(image);
  const [folder] = await build([smollm2Onnx]);
  const files = Object.fromEntries(readdirSync(folder!).map((each) => [each, readFileSync(path.join(folder!, each))]));
  hub = await HuggingFaceStandIn.start(source.repository, files, { host: network().host });
  writeFileSync(file("lock"), JSON.stringify({ [`huggingFace:${source.repository}`]: await lockHuggingFace(source, { hubUrl: hub.url }) }));
  writeFileSync(file("images"), JSON.stringify(digests()));
  await (await Stack.open(environment("ollama"))).destroy(); // what a failed run of these tests left
  await (await Stack.open(environment("ollama"))).up();
});
afterAll(async () => {
  await (await Stack.open(environment("ollama"))).destroy();
  await hub.stop();
});

describe("under constant load", () => {
  it("another engine serves other weights, from a claim that was filled while the old one answered; connections that stay busy lose a request", async () => {
    // Ollama closes its connections when it is asked to stop; its pod waits a minute for that, and these never pause.
    // One of two such requests was once not answered either when it was tried again, so only how many are lost is bounded.
    const { lost } = await change("ollama", "onnx");
    expect(lost.length, lost.join("; ")).toBeLessThanOrEqual(2 * connections);
    const { files } = JSON.parse(readFileSync(file("lock"), "utf8"))[`huggingFace:${source.repository}`];
    for (const each of ["model.onnx.data", "genai_config.json"]) expect(await served.sha256(each)).toBe(files[each]);
    expect([await served.names("deployments"), (await served.claims()).length]).toEqual([["deployment.apps/smollm2-onnx"], 1]);
  });

  it("another version of the engine serves the same weights, from the same claim, without a lost request", async () => {
    const [claims, before] = [await served.claims(), digests()["onnx-server"]!];
    const crane = path.join((await built()).kubernetes, "crane");
    const tag = before.replace(/:[^:/]+@.*$/, ":next");
    await execa(crane, ["mutate", "--insecure", before.replace(/:[^:/]+@/, "@"), "--env=ENGINE_BUILD=next", `--tag=${tag}`]);
    const { stdout: digest } = await execa(crane, ["digest", "--insecure", tag]);
    writeFileSync(file("images"), JSON.stringify({ ...digests(), "onnx-server": `${tag}@${digest}` }));
    expect((await change("onnx", "onnx")).lost).toEqual([]);
    expect(await served.exec("python3", "-c", "import os; print(os.environ['ENGINE_BUILD'])")).toBe("next");
    expect((await served.server()).status.containerStatuses[0]!.imageID).toMatch(digest);
    expect(await served.claims()).toEqual(claims);
  });

  it("and back, without a lost request: the first engine serves its own weights again, and the claim is gone", async () => {
    expect((await change("onnx", "ollama")).lost).toEqual([]);
    const { smollm2 } = await built();
    const hash = sha256(readFileSync(path.join(smollm2, "model.gguf")));
    expect([await served.sha256(gguf), await served.exec("ls", "/var/lib/ollama/blobs")]).toEqual([hash, expect.stringContaining(hash)]);
    expect([await served.names("deployments"), await served.claims()]).toEqual([["deployment.apps/smollm2-ollama"], []]);
    expect(await steps(await Stack.open(environment("ollama")))).toEqual({});
  });
});
