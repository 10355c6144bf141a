import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { repoRoot } from "../../../tools/lib/paths";

vi.setConfig({ testTimeout: 180_000 });

const script = readFileSync(path.join(repoRoot, "components/serving/scripts/download-hugging-face.py"), "utf8");

/** A hub that has three files of one MiB each, and fails as often as FAILURES says. */
const hub = `
import json, os
from pathlib import Path
from types import SimpleNamespace

def log(entry):
    with open(os.environ["CALLED"], "a") as file:
        file.write(json.dumps(entry) + "\\n")

class HfApi:
    def model_info(self, repository, **given):
        log(["info", repository, given])
        if len(open(os.environ["CALLED"]).readlines()) <= int(os.environ.get("FAILURES", "0")):
            raise ConnectionError("hub is away\\nsecond line")
        names = ["a.bin", "sub/b.bin", "c.bin"]
        return SimpleNamespace(sha="abc123", siblings=[SimpleNamespace(rfilename=name, size=2**20) for name in names])

def snapshot_download(repository, allow_patterns=None, local_dir=None, **given):
    log(["download", repository, allow_patterns, str(local_dir), given])
    for name in allow_patterns or ["a.bin", "sub/b.bin", "c.bin"]:
        (Path(local_dir) / name).parent.mkdir(parents=True, exist_ok=True)
        (Path(local_dir) / name).write_bytes(b"0" * 2**20)
`;

let folder: string;
const at = (...parts: string[]): string => path.join(folder, ...parts);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "slm-download-"));
  mkdirSync(at("weights"));
  mkdirSync(at("modules"));
  writeFileSync(at("modules", "huggingface_hub.py"), hub);
  writeFileSync(at("called"), "");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function download(more: Record<string, string> = {}) {
  const moved = script
    .replaceAll("/dev/termination-log", at("log"))
    .replace("time.sleep(PAUSE_SECONDS)", 'print(f"paused {PAUSE_SECONDS}")');
  const env = {
    PATH: process.env["PATH"]!,
    PYTHONPATH: at("modules"),
    CALLED: at("called"),
    FOLDER: at("weights"),
    REPOSITORY: "acme/model",
    ...more,
  };
  const { exitCode, stdout } = await execa("python3", ["-c", moved], { env, extendEnv: false, reject: false });
  const called = readFileSync(at("called"), "utf8").split("\n").filter(Boolean);
  return { exitCode, lines: stdout.split("\n"), called: called.map((line) => JSON.parse(line) as unknown[]) };
}
const info = (revision: string | null) => ["info", "acme/model", { revision, files_metadata: true, timeout: 30 }];
const fetched = (files: string[] | null) => ["download", "acme/model", files, at("weights"), { revision: "abc123", etag_timeout: 30 }];

it("downloads the named files at the commit that the revision is, and tells how much", async () => {
  const { exitCode, lines, called } = await download({ REVISION: "main", FILES: "a.bin\nsub/b.bin" });
  expect(called).toEqual([info("main"), fetched(["a.bin", "sub/b.bin"])]);
  expect([exitCode, lines]).toEqual([0, ["weights: downloading acme/model at abc123, 2 MiB", "weights: 2 of 2 MiB"]]);
});

it("downloads everything, at the newest commit, where nothing is named", async () => {
  const { exitCode, lines, called } = await download({ REVISION: "", FILES: "" });
  expect(called).toEqual([info(null), fetched(null)]);
  expect([exitCode, lines.at(-1)]).toEqual([0, "weights: 3 of 3 MiB"]);
});

it("downloads nothing when every file is there, and all when one is not", async () => {
  await download({ FILES: "a.bin\nc.bin" });
  const { called, lines } = await download({ FILES: "a.bin\nc.bin" });
  expect([called.length, lines]).toEqual([2, ["weights: acme/model is on the volume"]]);
  expect((await download({ FILES: "a.bin\nsub/b.bin" })).called.at(-1)).toEqual(fetched(["a.bin", "sub/b.bin"]));
});

it("tries five times, ten seconds apart, and ends with the first line of the last error", async () => {
  const { exitCode, lines } = await download({ FAILURES: "9" });
  const reason = (n: number): string => `weights: try ${n} of 5 to download acme/model failed: ConnectionError: hub is away`;
  expect([exitCode, lines]).toEqual([1, [1, 2, 3, 4, 5].flatMap((n) => (n < 5 ? [reason(n), "paused 10"] : [reason(n)]))]);
  expect(readFileSync(at("log"), "utf8")).toBe(reason(5));
});

it("goes on after errors that pass", async () => {
  const { exitCode, called } = await download({ FAILURES: "4" });
  expect([exitCode, called.length]).toEqual([0, 6]);
});

it("names what the repository lacks", async () => {
  const { exitCode, called } = await download({ FILES: "z.bin\na.bin\ny.bin" });
  expect([exitCode, called.some(([what]) => what === "download")]).toEqual([1, false]);
  expect(readFileSync(at("log"), "utf8")).toBe(
    "weights: try 5 of 5 to download acme/model failed: FileNotFoundError: acme/model at abc123 lacks y.bin, z.bin",
  );
});

it("tells an error that says nothing", async () => {
  writeFileSync(at("modules", "huggingface_hub.py"), hub.replace('"hub is away\\nsecond line"', ""));
  const { exitCode } = await download({ FAILURES: "9" });
  expect([exitCode, readFileSync(at("log"), "utf8")]).toEqual([1, "weights: try 5 of 5 to download acme/model failed: ConnectionError: "]);
});
