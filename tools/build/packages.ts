import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { UserError } from "../lib/fault";
import { fingerprint, repoRoot } from "../lib/paths";

/** Runs apt-get; when it fails, once more with fresh package lists, which a new machine lacks. */
async function aptGet(args: string[]): Promise<{ failed: boolean; stderr: string }> {
  const options = { reject: false, env: { DEBIAN_FRONTEND: "noninteractive" } };
  const first = await execa("apt-get", args, options);
  if (!first.failed) return first;
  await execa("apt-get", ["-qq", "update"], options);
  return execa("apt-get", args, options);
}

/**
 * Unpacks Debian packages below `into`, and what they depend on: what this system lacks, or, for a `whole` root, everything.
 * Nothing is installed: no service starts, and the user's own containerd or etcd is not touched.
 */
export async function debian(packages: string[], into: string, { whole = false } = {}): Promise<void> {
  const archives = path.join(into, ".archives");
  mkdirSync(path.join(archives, "partial"), { recursive: true });
  const args = [
    "-qq",
    "-y",
    "--no-install-recommends",
    ...(whole ? ["-o", "Dir::State::status=/dev/null"] : ["--reinstall"]),
    "--download-only",
    "-o",
    `Dir::Cache::archives=${archives}`,
    "install",
    ...packages,
  ];
  const { failed, stderr } = await aptGet(args);
  if (failed)
    throw new UserError(
      `apt-get could not fetch ${packages.join(", ")}: ${stderr.trim()}`,
      "run on Debian 12 or newer with a package mirror that works",
    );
  for (const file of readdirSync(archives)) if (file.endsWith(".deb")) await execa("dpkg-deb", ["-x", path.join(archives, file), into]);
  rmSync(archives, { recursive: true });
}

/** Installs missing commands by their Debian package; for plain tools only, never for a service. */
export async function debianTools(commands: Record<string, string>): Promise<void> {
  const missing: string[] = [];
  for (const [command, name] of Object.entries(commands)) {
    const { failed } = await execa("which", [command], { reject: false });
    if (failed) missing.push(name);
  }
  if (missing.length === 0) return;
  const wanted = [...new Set(missing)];
  console.error(`installing ${wanted.join(", ")}`);
  const { failed, stderr } = await aptGet(["-qq", "-y", "--no-install-recommends", "install", ...wanted]);
  if (failed)
    throw new UserError(
      `apt-get could not install ${wanted.join(", ")}: ${stderr.trim()}`,
      `install them: apt-get install ${wanted.join(" ")}`,
    );
}

/** Version of Python that the pins of larger environments are made for. */
const pythonVersion = "3.11";

/** Refuses a machine for which the pins of larger environments do not hold. */
export async function requirePython(): Promise<void> {
  const { stdout } = await execa("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  if (stdout === pythonVersion && process.arch === "x64") return;
  throw new UserError(
    `python3: Python ${stdout} on ${process.arch}, but torch and vLLM are pinned for Python ${pythonVersion} on x64`,
    `run on x86-64 with a python3 of version ${pythonVersion} first on PATH, as Debian 12 has`,
  );
}

/** Fingerprint of a file of pins; its path is from the checkout's root. */
export const pythonInputs = (requirements: string): string => fingerprint(readFileSync(path.join(repoRoot, requirements)));

/** `install` puts the packages of a file of pins below `into`; `download` only their archives. Every file is checked by its hash. */
export async function python(action: "install" | "download", requirements: string, into: string): Promise<void> {
  const target = action === "install" ? ["--root-user-action=ignore", "--no-compile", "--target", into] : ["--dest", into];
  const options = ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--require-hashes", ...target];
  const TMPDIR = path.join(into, ".tmp"); // packages are moved from there: on the same disk, that costs nothing
  mkdirSync(TMPDIR);
  await execa("python3", ["-m", "pip", action, ...options, "-r", path.join(repoRoot, requirements)], { env: { TMPDIR } });
  rmSync(TMPDIR, { recursive: true });
}
