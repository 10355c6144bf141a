import { mkdirSync } from "node:fs";
import path from "node:path";

import { cache, repoRoot } from "../lib/paths";
import { debianTools } from "./packages";

/** Folder of what C and C++ compilers made, kept by ccache. Go's own cache keeps such objects too, but not over a change of the module's version. */
const folder = path.join(cache, "ccache");
/** Ollama's objects take 60 MiB; the oldest go first. */
const maxSize = "500M";

/** Environment in which cgo compiles through ccache. Anything that differs in the result is part of ccache's own key. */
export async function compilerCache(): Promise<Record<string, string>> {
  await debianTools({ gcc: "gcc", "g++": "g++", ccache: "ccache" });
  mkdirSync(folder, { recursive: true });
  const through = (compiler: string): string => `${path.join(repoRoot, "tools/build/ccache.sh")} ${compiler}`;
  return { CC: through("gcc"), CXX: through("g++"), CCACHE_DIR: folder, CCACHE_MAXSIZE: maxSize };
}
