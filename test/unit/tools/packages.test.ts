import { existsSync, rmSync } from "node:fs";
import path from "node:path";

import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { debian, debianTools, python, pythonInputs, requirePython } from "../../../tools/build/packages";
import { UserError } from "../../../tools/lib/fault";
import { repoRoot } from "../../../tools/lib/paths";
import { Executables, emptyFolder } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });

const bin = new Executables();
let into: string;
beforeEach(() => {
  bin.reset();
  into = emptyFolder();
  bin.add("apt-get").add("dpkg-deb").add("python3", "echo 3.11");
  vi.stubEnv("PATH", bin.folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(into, { recursive: true });
});
afterAll(() => bin.dispose());

describe("Debian packages", () => {
  const download = (more: string) =>
    `-qq -y --no-install-recommends ${more} --download-only -o Dir::Cache::archives=${into}/.archives install`;

  it("are downloaded and unpacked, never installed, and their archives go", async () => {
    bin.add("apt-get", `: > ${into}/.archives/b.deb; : > ${into}/.archives/lock`);
    await debian(["etcd", "runc"], into);
    expect(bin.commands()).toEqual([`apt-get ${download("--reinstall")} etcd runc`, `dpkg-deb -x ${into}/.archives/b.deb ${into}`]);
    expect(bin.calls()[0]!.env["DEBIAN_FRONTEND"]).toBe("noninteractive");
    expect(existsSync(path.join(into, ".archives"))).toBe(false);
  });

  it("of a whole root are taken as if nothing were installed", async () => {
    await debian(["etcd"], into, { whole: true });
    expect(bin.commands()).toEqual([`apt-get ${download("-o Dir::State::status=/dev/null")} etcd`]);
  });

  it("are asked for again with fresh lists, and then refused in plain words", async () => {
    bin.add("apt-get", 'case "$*" in *update*) exit 0;; esac; echo "no such package " >&2; exit 100');
    await expect(debian(["etcd", "runc"], into)).rejects.toThrow(
      new UserError("apt-get could not fetch etcd, runc: no such package", "run on Debian 12 or newer with a package mirror that works"),
    );
    expect(bin.commands().map((command) => command.includes("update"))).toEqual([false, true, false]);
  });
});

describe("tools that a build needs", () => {
  it("are installed where they are missing, each package once", async () => {
    const reported = vi.spyOn(console, "error").mockReturnValue();
    await debianTools({ "apt-get": "apt", nft: "nftables", nftx: "nftables", ip: "iproute2" });
    expect(bin.commands()).toEqual(["apt-get -qq -y --no-install-recommends install nftables iproute2"]);
    expect(reported.mock.calls).toEqual([["installing nftables, iproute2"]]);
    bin.reset();
    await debianTools({ "apt-get": "apt" });
    expect(bin.commands()).toEqual([]);
  });

  it("that cannot be installed are named", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    bin.add("apt-get", "echo broken >&2; exit 100");
    await expect(debianTools({ nft: "nftables", ip: "iproute2" })).rejects.toThrow(
      new UserError("apt-get could not install nftables, iproute2: broken", "install them: apt-get install nftables iproute2"),
    );
  });
});

describe("Python packages", () => {
  const options = "--quiet --disable-pip-version-check --no-cache-dir --no-deps --require-hashes";

  it("are checked by their hashes, installed or downloaded", async () => {
    await python("install", "tools/python/x.txt", into);
    await python("download", "tools/python/x.txt", into);
    expect(bin.commands()).toEqual([
      `python3 -m pip install ${options} --root-user-action=ignore --no-compile --target ${into} -r ${repoRoot}/tools/python/x.txt`,
      `python3 -m pip download ${options} --dest ${into} -r ${repoRoot}/tools/python/x.txt`,
    ]);
    expect([bin.calls()[0]!.env["TMPDIR"], existsSync(path.join(into, ".tmp"))]).toEqual([path.join(into, ".tmp"), false]);
  });

  it("are pinned for one version of Python on x64", async () => {
    const arch = vi.spyOn(process, "arch", "get").mockReturnValue("x64");
    await requirePython();
    const fix = "run on x86-64 with a python3 of version 3.11 first on PATH, as Debian 12 has";
    arch.mockReturnValue("arm64");
    await expect(requirePython()).rejects.toThrow(
      new UserError("python3: Python 3.11 on arm64, but torch and vLLM are pinned for Python 3.11 on x64", fix),
    );
    arch.mockReturnValue("x64");
    bin.add("python3", "echo 3.12");
    await expect(requirePython()).rejects.toThrow(
      new UserError("python3: Python 3.12 on x64, but torch and vLLM are pinned for Python 3.11 on x64", fix),
    );
  });

  it("are others by another file of pins", () => {
    expect(pythonInputs("package.json")).toMatch(/^[0-9a-f]{12}$/);
    expect(pythonInputs("package.json")).not.toBe(pythonInputs("tsconfig.json"));
  });
});
