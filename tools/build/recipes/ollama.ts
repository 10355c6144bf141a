import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { fingerprint } from "../../lib/paths";
import { compilerCache } from "../compiler-cache";
import { type GoModule, goBuild, goFetch, goInputs } from "../go";
import { debian, python, pythonInputs } from "../packages";
import type { Recipe } from "../recipe";

const ollamaVersion = "0.17.4";
const miniaudio = "tools/python/miniaudio.txt";

/** Ollama for the CPU. Its Go module lacks three vendored headers, which Debian and PyPI carry. */
export const ollama: Recipe = {
  name: "ollama",
  version: ollamaVersion,
  inputs: fingerprint(goInputs(ollamaModule("")), pythonInputs(miniaudio)),
  diskMib: 1500,
  expectedSeconds: 110,
  fetch: () => goFetch(ollamaModule("")),
  async build(into, report) {
    report("fetching headers");
    const headers = path.join(into, "headers");
    mkdirSync(headers);
    await debian(["nlohmann-json3-dev", "libstb-dev"], headers);
    await python("download", miniaudio, headers);
    const [archive] = readdirSync(headers).filter((file) => file.endsWith(".tar.gz"));
    await execa("tar", ["-xzf", archive!, "--strip-components=1"], { cwd: headers });
    const { env, ...module } = ollamaModule(headers);
    await goBuild({ ...module, env: { ...env, ...(await compilerCache()) } }, into, report);
    rmSync(headers, { recursive: true });
  },
};

function ollamaModule(headers: string): GoModule {
  const include = ["", "/usr/include", "/usr/include/stb", "/miniaudio"].map((folder) => `-I${headers}${folder}`);
  return {
    module: "ollama",
    packages: ["github.com/ollama/ollama"],
    set: [`github.com/ollama/ollama/version.Version=${ollamaVersion}`],
    env: headers ? { CGO_ENABLED: "1", CGO_CFLAGS: "-O2", CGO_CXXFLAGS: "-O2", CGO_CPPFLAGS: include.join(" ") } : { CGO_ENABLED: "1" },
  };
}
