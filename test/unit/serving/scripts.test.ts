import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type * as k8s from "@pulumi/kubernetes";
import execa from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { repoRoot } from "../../../tools/lib/paths";
import { resourcesIn } from "../../support/resources";

vi.setConfig({ testTimeout: 180_000 });

let folder: string;
const at = (...parts: string[]): string => path.join(folder, ...parts);
const textAt = (file: string): string => (existsSync(at(file)) ? readFileSync(at(file), "utf8") : "");
/** Lines of what a stub was called with. */
const calls = (file: string): string[] => textAt(file).split("\n").filter(Boolean);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "slm-scripts-"));
  mkdirSync(at("bin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A command of the given name, found before the machine's own. */
function stub(name: string, body: string): void {
  writeFileSync(at("bin", name), `#!/bin/sh\n${body}\n`);
  chmodSync(at("bin", name), 0o755);
}

/** Runs a script with the stubs first on the path, and with what it writes in a container's fixed places in the test's folder. */
async function run(script: string, env: Record<string, string>) {
  const moved = script.replaceAll("/tmp/", `${folder}/`).replaceAll(/\/dev\/(?=termination-log)|\/proc\/net\//g, `${folder}/`);
  const { exitCode, stdout } = await execa("/bin/sh", ["-c", moved], {
    env: { PATH: `${at("bin")}:${process.env["PATH"]}`, ...env },
    extendEnv: false,
    reject: false,
  });
  return { exitCode, stdout };
}

const script = (name: string): string => readFileSync(path.join(repoRoot, "components/serving/scripts", name), "utf8");

/** Ollama as scripts see it; `pull` and `create` are what these do. */
function ollama({ pull = "true", create = "true" }: { pull?: string; create?: string } = {}): void {
  stub("sleep", `echo "$1" >> ${at("slept")}; exec /bin/sleep 0.01`);
  stub(
    "ollama",
    [
      `case "$1" in`,
      `serve) echo $$ > ${at("server")}; exec /bin/sleep 30 > /dev/null 2>&1 ;;`,
      `list) test -s ${at("server")} ;;`,
      `pull) echo "pull $2" >> ${at("called")}; ${pull} ;;`,
      `create) echo "create $2 $3 $(tr '\\n' '|' < $4)" >> ${at("called")}; ${create} ;;`,
      `rm) echo "rm $2" >> ${at("called")} ;;`,
      `esac`,
    ].join("\n"),
  );
}
const isGone = (file: string): void => expect(() => process.kill(Number(textAt(file)), 0)).toThrow("ESRCH");

describe("the script that downloads tags of Ollama's library", () => {
  const blobs = ["a", "b"].map((letter) => letter.repeat(64));
  /** What a pull leaves behind: a manifest at the place that Ollama has for a tag. */
  const manifestAt = (file: string, digests: readonly string[]): string =>
    [
      `mkdir -p ${path.dirname(at("store/manifests", file))}`,
      `echo '{"layers":[${digests.map((digest) => `{"digest":"sha256:${digest}"}`).join(",")}]}' > ${at("store/manifests", file)}`,
    ].join("; ");
  const download = (more: Record<string, string> = {}) => {
    mkdirSync(at("store"));
    const settings = { OLLAMA_MODELS: at("store"), TAGS: "qwen3:0.6b", LOCKED_0: "", MIB_0: "", ...more };
    return run(script("download-ollama.sh"), settings);
  };

  it("waits for the server, downloads every tag in order, and ends the server", async () => {
    ollama();
    const more = { TAGS: "qwen3:0.6b\nacme/own", MIB_0: "523", LOCKED_1: "", MIB_1: "" };
    const { exitCode, stdout } = await download(more);
    const lines = stdout.split("\n").filter((line) => !/^weights: \d/.test(line));
    expect([exitCode, lines]).toEqual([0, ["weights: downloading qwen3:0.6b, 523 MiB", "weights: downloading acme/own"]]);
    expect(calls("called")).toEqual(["pull qwen3:0.6b", "pull acme/own"]);
    isGone("server");
  });

  it("says how much is there while it downloads", async () => {
    ollama({ pull: "/bin/sleep 0.5" });
    expect((await download({ MIB_0: "523" })).stdout).toMatch(/^weights: \d+ of 523 MiB$/m);
  });

  it("tries five times, ten seconds apart, and then says which failed and why", async () => {
    ollama({ pull: "echo first; echo no route >&2; false" });
    const { exitCode, stdout } = await download({ TAGS: "qwen3:0.6b\nother" });
    expect([exitCode, textAt("termination-log")]).toEqual([1, "weights: could not download qwen3:0.6b: no route\n"]);
    expect(stdout.split("\n").filter((line) => line.includes("try"))).toEqual(
      [1, 2, 3, 4].map((n) => `weights: try ${n} of 5 to download qwen3:0.6b failed, again in 10 s`),
    );
    expect(calls("called")).toEqual(Array(5).fill("pull qwen3:0.6b"));
  });

  it("goes on after four tries that failed", async () => {
    ollama({ pull: `test "$(grep -c pull ${at("called")})" -gt 4` });
    expect((await download()).exitCode).toBe(0);
  });

  it.each([
    ["qwen3:0.6b", "registry.ollama.ai/library/qwen3/0.6b"],
    ["qwen3", "registry.ollama.ai/library/qwen3/latest"],
    ["acme/own:1", "registry.ollama.ai/acme/own/1"],
    ["hf.co/acme/own:Q4_0", "hf.co/acme/own/Q4_0"],
  ])("accepts %s with the blobs that are locked, whatever their order", async (tag, file) => {
    ollama({ pull: manifestAt(file, [...blobs, blobs[0]!]) });
    expect((await download({ TAGS: tag, LOCKED_0: blobs.toReversed().join("\n") })).exitCode).toBe(0);
  });

  it.each([
    ["one more", [...blobs, "c".repeat(64)]],
    ["one less", blobs.slice(1)],
    ["another", [blobs[0]!, "c".repeat(64)]],
  ])("refuses a tag that now has %s", async (_what, digests) => {
    ollama({ pull: manifestAt("registry.ollama.ai/library/qwen3/0.6b", digests) });
    expect((await download({ LOCKED_0: blobs.join("\n") })).exitCode).toBe(1);
    expect(textAt("termination-log")).toBe(
      `weights: qwen3:0.6b is no longer what the lock says: its blobs are ${digests.join(" ")}. Run make lock, and deploy what it writes\n`,
    );
  });

  it("ends when the server does", async () => {
    ollama();
    stub("ollama", "echo no port >&2; exit 3");
    expect((await download()).exitCode).toBe(1);
    expect(textAt("termination-log")).toBe("weights: ollama did not start: no port\n");
  });
});

describe("the script by which a pod makes its models", () => {
  const models = {
    COUNT: "2",
    NAME_0: "chat",
    MODELFILE_0: "FROM qwen3:0.6b",
    NAME_1: "own",
    MODELFILE_1: 'FROM /m.gguf\nSYSTEM """a $(touch x) b"""',
  };
  const create = (more: Record<string, string> = {}) =>
    run(script("create-ollama-models.sh"), { OLLAMA_MODELS: at("store"), DOWNLOADS: at("downloads"), TAGS: "", ...models, ...more });

  it("makes every model from its text, whatever that holds, and ends the server", async () => {
    ollama();
    const { exitCode, stdout } = await create();
    expect([exitCode, stdout.split("\n")]).toEqual([0, ["models: creating chat", "models: creating own"]]);
    expect(calls("called")).toEqual(["create chat -f FROM qwen3:0.6b|", 'create own -f FROM /m.gguf|SYSTEM """a $(touch x) b"""|']);
    isGone("server");
    expect([textAt("termination-log"), existsSync(at("store/blobs"))]).toEqual(["", true]);
  });

  it("makes no more models than it is given", async () => {
    ollama();
    await create({ COUNT: "1" });
    expect(calls("called")).toEqual(["create chat -f FROM qwen3:0.6b|"]);
  });

  it("links what was downloaded, but for what is not whole, and takes the names of downloads away", async () => {
    ollama();
    mkdirSync(at("downloads/blobs"), { recursive: true });
    mkdirSync(at("downloads/manifests/host"), { recursive: true });
    for (const file of ["blobs/sha256-a", "blobs/sha256-b-partial", "manifests/host/x"]) writeFileSync(at("downloads", file), file);
    expect((await create({ TAGS: "qwen3:0.6b\nown:latest\nchat" })).exitCode).toBe(0);
    expect(readlinkSync(at("store/blobs/sha256-a"))).toBe(at("downloads/blobs/sha256-a"));
    expect([existsSync(at("store/blobs/sha256-b-partial")), textAt("store/manifests/host/x")]).toEqual([false, "manifests/host/x"]);
    expect(calls("called").slice(2)).toEqual(["rm qwen3:0.6b"]);
  });

  it("says which model could not be made, with the last line of why", async () => {
    ollama({ create: "echo first; echo no such file >&2; false" });
    expect((await create()).exitCode).toBe(1);
    expect(textAt("termination-log")).toBe("models: could not create chat: no such file\n");
  });

  it("ends when the server does", async () => {
    ollama();
    stub("ollama", "echo no port >&2; exit 3");
    expect((await create()).exitCode).toBe(1);
    expect(textAt("termination-log")).toBe("models: ollama did not start: no port\n");
  });
});

describe("the script that compares files with the lock", () => {
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const lock = [`${sha256("one")}  a.bin`, `${sha256("two")}  sub/b with space.bin`].join("\n");
  const check = (more: Record<string, string> = {}) =>
    run(script("check-weights.sh"), { FOLDER: at("weights"), LOCK: lock, STAMP: "", DOWNLOADED: "", ...more });
  const write = (a: string, b: string): void => {
    writeFileSync(at("weights", "a.bin"), a);
    writeFileSync(at("weights", "sub", "b with space.bin"), b);
  };
  beforeEach(() => mkdirSync(at("weights", "sub"), { recursive: true }));

  it("passes when every file is as locked, and leaves nothing behind where it may not write", async () => {
    write("one", "two");
    expect(await check()).toEqual({
      exitCode: 0,
      stdout: "weights: checking a.bin\nweights: checking sub/b with space.bin\nweights: all files are as locked",
    });
    expect(textAt("termination-log")).toBe("");
  });

  it("names every file that is missing or differs, with both hashes", async () => {
    writeFileSync(at("weights", "a.bin"), "other");
    expect((await check()).exitCode).toBe(1);
    expect(textAt("termination-log")).toBe(
      `weights: a.bin has sha256 ${sha256("other")}, the lock says ${sha256("one")}. ` +
        `sub/b with space.bin is missing, its sha256 must be ${sha256("two")}. \n`,
    );
  });

  it.each([
    ["removes a wrong file that is to be downloaded again", "yes", false],
    ["leaves a wrong file of somebody else's", "", true],
  ])("%s", async (_what, DOWNLOADED, there) => {
    write("other", "two");
    expect((await check({ DOWNLOADED })).exitCode).toBe(1);
    expect([existsSync(at("weights", "a.bin")), existsSync(at("weights", "sub", "b with space.bin"))]).toEqual([there, true]);
  });

  it("remembers a check that passed, until the lock changes", async () => {
    write("one", "two");
    const STAMP = at("weights", ".checked-0");
    expect((await check({ STAMP })).exitCode).toBe(0);
    expect(textAt("weights/.checked-0")).toBe(`${sha256(lock)}  -`);
    write("changed", "two");
    expect(await check({ STAMP })).toEqual({ exitCode: 0, stdout: "weights: checked before" });
    expect((await check({ STAMP, LOCK: `${sha256("one")}  a.bin` })).exitCode).toBe(1);
  });

  it("remembers none that failed", async () => {
    write("other", "two");
    const STAMP = at("weights", ".checked-0");
    expect((await check({ STAMP })).exitCode).toBe(1);
    expect(existsSync(STAMP)).toBe(false);
  });
});

describe("the pause before Ollama ends", () => {
  // The fixture is what the server's Deployment is compared with.
  const { inputs } = resourcesIn("serving/ollama-cpu-volume.yaml")[0]!;
  const [container] = (inputs as { spec: { template: { spec: k8s.types.input.core.v1.PodSpec } } }).spec.template.spec
    .containers as k8s.types.input.core.v1.Container[];
  const { exec } = (container!.lifecycle as k8s.types.input.core.v1.Lifecycle).preStop as { exec: { command: string[] } };
  const pauseScript = exec.command[2]!;
  /** One line of the kernel's list: addresses are hexadecimal, 2CAA is 11434; 01 is an open connection, 0A a port that is listened on. */
  const row = (local: string, remote: string, state: string): string =>
    `   0: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000\n`;

  async function pause(tcp: string, tcp6 = "", closesAfter = 99): Promise<string[]> {
    writeFileSync(at("tcp"), tcp);
    writeFileSync(at("tcp6"), tcp6);
    stub("sleep", `echo "$1" >> ${at("slept")}; [ "$(wc -l < ${at("slept")})" -le ${closesAfter} ] || : > ${at("tcp")}`);
    expect((await run(pauseScript, {})).exitCode).toBe(0);
    return calls("slept");
  }

  it.each<[string, string, string]>([
    ["only listens", row("2CAA", "0000", "0A"), ""],
    ["has connections that are over", row("2CAA", "C350", "06"), ""],
    ["has connections of its own to another server's same port", row("C350", "2CAA", "01"), ""],
    ["has connections on another port", row("1F90", "C350", "01"), ""],
  ])("is that of its endpoint where it %s", async (_what, tcp, tcp6) => expect(await pause(tcp, tcp6)).toEqual(["15"]));

  it("goes on until no connection is open", async () => {
    expect(await pause(row("2CAA", "0000", "0A") + row("2CAA", "C350", "01"), "", 3)).toEqual(["15", "1", "1", "1"]);
  });

  it("counts connections by IPv6, and ends after 45 s whatever is open", async () => {
    expect(await pause("", row("2CAA", "C350", "01"))).toEqual(["15", ...Array(45).fill("1")]);
  });
});
