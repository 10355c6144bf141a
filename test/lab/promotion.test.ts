import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { network } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { smollm2Onnx } from "../../tools/build/recipes";
import { fileOf, readEnvironment } from "../../tools/lib/environment";
import { repoRoot } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { lockHuggingFace } from "../../tools/lock/hugging-face";
import { ownFiles } from "../../tools/promotion/write-release";
import { HuggingFaceStandIn } from "../support/hugging-face";
import { digests, labEnvironment } from "../support/lab";
import { Served, underLoad } from "../support/served";

/** Two environments by files of their own, changed by the project's own commands; the hub is a stand-in. */
const [staging, prod] = ["promote-staging", "promote-prod"] as const;
const source = { kind: "huggingFace", repository: "acme/smollm2-onnx" } as const;
const at = (file: string): string => path.join(repoRoot, file);

let hub: HuggingFaceStandIn;
let files: Record<string, Buffer>;

/** Writes an environment; a server that does not load fails the sooner the shorter `loadSeconds` is. */
function write(name: string, loadSeconds = 300): void {
  const own = ownFiles(name);
  const { text } = labEnvironment(name, (settings) => {
    const coldStart = { imageSeconds: 10, weightsSeconds: 60, loadSeconds };
    const model = { engine: "onnx", model: "smollm2-135m-instruct", contextTokens: 512, cpuCores: 0.2, weights: { onnx: source } };
    Object.assign(settings, { "slm:images": own.images, "slm:lock": own.lock, "slm:hfEndpoint": hub.url });
    settings["slm:models"] = { smollm2: { ...model, coldStart, storage: { gib: 1, shared: true } } };
  });
  writeFileSync(at(fileOf(name)), text);
}

/** Another commit of the repository, which staging is to try. */
async function commit(sha: string, changed: Readonly<Record<string, Buffer>> = {}): Promise<void> {
  hub.sha = sha.repeat(40);
  Object.assign(files, { "tokenizer_config.json": Buffer.concat([files["tokenizer_config.json"]!, Buffer.from("\n")]) }, changed);
  const locked = await lockHuggingFace(source, { hubUrl: hub.url });
  writeFileSync(at(ownFiles(staging).lock), JSON.stringify({ "huggingFace:acme/smollm2-onnx": locked }));
}

const run = (tool: string, command: string, env: Record<string, string>) =>
  execa(process.execPath, ["--import", "tsx", `tools/${tool}.ts`, command], { cwd: repoRoot, reject: false, all: true, env });
async function done(...args: Parameters<typeof run>): Promise<string> {
  const { exitCode, all = "" } = await run(...args);
  if (exitCode !== 0) throw new Error(`${args.slice(0, 2).join(" ")} ended with ${exitCode}:\n${all}`);
  return all;
}
const up = (name: string) => done("main", "up", { ENV: name });
const promote = () => run("promote", "promote", { FROM: staging, TO: prod });
const lockedIn = (name: string): string => readFileSync(at(ownFiles(name).lock), "utf8");
const lockedHash = (name: string): string =>
  (Object.values(JSON.parse(lockedIn(name))) as { files: Record<string, string> }[])[0]!.files["tokenizer_config.json"]!;
const servedHash = (name: string) => new Served(name).sha256("tokenizer_config.json");

/** What is left of both, as a failed run leaves it too. */
async function clean(): Promise<void> {
  for (const name of [staging, prod]) {
    writeFileSync(at(ownFiles(name).images), JSON.stringify(digests()));
    writeFileSync(at(ownFiles(name).lock), "{}");
    write(name);
    await (await Stack.open(readEnvironment(name))).destroy();
  }
}

beforeAll(async () => {
  for (const image of ["smollm2-onnx", "onnx-server"] as const) await labImage(image);
  const [folder] = await build([smollm2Onnx]);
  files = Object.fromEntries(readdirSync(folder!).map((file) => [file, readFileSync(path.join(folder!, file))]));
  hub = await HuggingFaceStandIn.start("acme/smollm2-onnx", files, { host: network().host });
  await clean();
});
afterAll(async () => {
  await clean();
  for (const name of [staging, prod])
    for (const file of [fileOf(name), ...Object.values(ownFiles(name))]) rmSync(at(file), { force: true });
  await hub.stop();
});

describe("prod deploys what staging verified", () => {
  it("and nothing before staging has verified it", async () => {
    await commit("a");
    const { exitCode, all } = await promote();
    expect([exitCode, all]).toEqual([2, expect.stringContaining(`FROM="${staging}": was never updated, so nothing of it is verified`)]);
  });

  it("by the lock: the same files, and no others", async () => {
    await up(staging);
    expect((await promote()).all).toContain(`make up ENV=${prod}`);
    await up(prod);
    expect(lockedHash(prod)).toBe(lockedHash(staging));
    expect(await servedHash(prod)).toBe(lockedHash(staging));
  });

  it("but not a revision that does not load: it fails in staging, and prod's files and server stay as they are", async () => {
    const [before, whole] = [lockedIn(prod), files["genai_config.json"]!];
    await commit("b", { "genai_config.json": Buffer.from("{}") });
    write(staging, 20);
    const failed = await run("main", "up", { ENV: staging });
    expect(failed.exitCode).not.toBe(0);
    const { exitCode, all } = await promote();
    expect([exitCode, all]).toEqual([2, expect.stringContaining(`FROM="${staging}": its last update, of `)]);
    expect(all).toContain("ended with failed");
    expect(lockedIn(prod)).toBe(before);
    expect(await servedHash(prod)).toBe(lockedHash(prod));
    files["genai_config.json"] = whole;
    write(staging);
  });

  it("and the next one without a lost request; rolled back, it serves what it served before, without one too", async () => {
    const first = lockedHash(prod);
    await commit("c");
    await up(staging);
    expect((await promote()).exitCode).toBe(0);
    const forth = await underLoad(readEnvironment(prod), () => up(prod));
    expect([forth.lost, forth.answered > 0, await servedHash(prod)]).toEqual([[], true, lockedHash(staging)]);

    expect(await done("promote", "rollback", { ENV: prod })).toContain(`make up ENV=${prod}`);
    const back = await underLoad(readEnvironment(prod), () => up(prod));
    expect([back.lost, back.answered > 0, await servedHash(prod)]).toEqual([[], true, first]);
  });
});
