import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import type * as k8s from "@pulumi/kubernetes";
import execa from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { bringScript } from "../../../components/serving/ollama-models";
import { checkout } from "../../../tools/lib/places";
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

describe("the script that fills Ollama's store", () => {
  const models = {
    NAME_0: "chat",
    PULL_0: "qwen3:0.6b",
    MODELFILE_0: "FROM qwen3:0.6b",
    NAME_1: "own",
    PULL_1: "",
    MODELFILE_1: "FROM /m.gguf\nSYSTEM x",
  };

  /** Ollama as the script sees it; `pulls` tells how often a pull fails, `create` what creating does. */
  function ollama({ has = "", failures = 0, create = "true" }: { has?: string; failures?: number; create?: string }): void {
    stub("sleep", `echo "$1" >> ${at("slept")}; exec /bin/sleep 0`);
    stub(
      "ollama",
      [
        `case "$1" in`,
        `serve) echo $$ > ${at("server")}; exec /bin/sleep 30 > /dev/null 2>&1 ;;`,
        `list) test -s ${at("server")} ;;`,
        `show) test "$2" = "${has}" ;;`,
        `pull) echo "pull $2" >> ${at("called")}; test "$(grep -c pull ${at("called")})" -gt ${failures} ;;`,
        `create) echo "create $2 $3 $(tr '\\n' '|' < $4)" >> ${at("called")}; ${create} ;;`,
        `esac`,
      ].join("\n"),
    );
  }

  it("waits for the server, pulls what is to be pulled, makes every model in order, and ends the server", async () => {
    ollama({});
    const { exitCode, stdout } = await run(bringScript(2), models);
    expect([exitCode, stdout.split("\n")]).toEqual([0, ["weights: pulling qwen3:0.6b", "weights: making chat", "weights: making own"]]);
    expect(calls("called")).toEqual(["pull qwen3:0.6b", "create chat -f FROM qwen3:0.6b|", "create own -f FROM /m.gguf|SYSTEM x|"]);
    expect(() => process.kill(Number(textAt("server")), 0)).toThrow("ESRCH");
    expect(textAt("termination-log")).toBe("");
  });

  it("makes no more models than it is told of", async () => {
    ollama({});
    await run(bringScript(1), models);
    expect(calls("called")).toEqual(["pull qwen3:0.6b", "create chat -f FROM qwen3:0.6b|"]);
  });

  it("pulls nothing that is there", async () => {
    ollama({ has: "qwen3:0.6b" });
    expect((await run(bringScript(1), models)).exitCode).toBe(0);
    expect(calls("called")).toEqual(["create chat -f FROM qwen3:0.6b|"]);
  });

  it("tries a pull five times, ten seconds apart, and then says which failed", async () => {
    ollama({ failures: 9 });
    const { exitCode, stdout } = await run(bringScript(2), models);
    expect([exitCode, textAt("termination-log")]).toEqual([1, "weights: could not pull qwen3:0.6b\n"]);
    expect(stdout.split("\n").slice(1)).toEqual([1, 2, 3, 4].map((n) => `weights: try ${n} of 5 failed, again in 10 s`));
    expect(calls("called")).toEqual(Array(5).fill("pull qwen3:0.6b"));
    expect(calls("slept").filter((seconds) => seconds === "10")).toHaveLength(4);
  });

  it("goes on after a pull that failed four times", async () => {
    ollama({ failures: 4 });
    expect((await run(bringScript(1), models)).exitCode).toBe(0);
    expect(calls("called")).toEqual([...Array(5).fill("pull qwen3:0.6b"), "create chat -f FROM qwen3:0.6b|"]);
  });

  it("says which model could not be made, with the last line of why", async () => {
    ollama({ create: "echo first; echo no such file >&2; false" });
    const { exitCode } = await run(bringScript(2), models);
    expect([exitCode, textAt("termination-log")]).toEqual([1, "weights: could not make chat: no such file\n"]);
  });

  it("ends when the server does", async () => {
    ollama({});
    stub("ollama", "exit 3");
    expect((await run(bringScript(1), models)).exitCode).not.toBe(0);
  });
});

describe("the script that compares files with the lock", () => {
  const script = readFileSync(path.join(checkout, "components/serving/scripts/check-weights.sh"), "utf8");
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const lock = [`${sha256("one")}  a.bin`, `${sha256("two")}  sub/b with space.bin`].join("\n");
  const check = (more: Record<string, string> = {}) => run(script, { FOLDER: at("weights"), LOCK: lock, STAMP: "", BROUGHT: "", ...more });
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
    ["removes a wrong file that is to be brought again", "yes", false],
    ["leaves a wrong file of somebody else's", "", true],
  ])("%s", async (_what, BROUGHT, there) => {
    write("other", "two");
    expect((await check({ BROUGHT })).exitCode).toBe(1);
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
  const script = exec.command[2]!;
  /** One line of the kernel's list: addresses are hexadecimal, 2CAA is 11434; 01 is an open connection, 0A a port that is listened on. */
  const row = (local: string, remote: string, state: string): string =>
    `   0: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000\n`;

  async function pause(tcp: string, tcp6 = "", closesAfter = 99): Promise<string[]> {
    writeFileSync(at("tcp"), tcp);
    writeFileSync(at("tcp6"), tcp6);
    stub("sleep", `echo "$1" >> ${at("slept")}; [ "$(wc -l < ${at("slept")})" -le ${closesAfter} ] || : > ${at("tcp")}`);
    expect((await run(script, {})).exitCode).toBe(0);
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
