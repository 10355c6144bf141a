import { existsSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { engine } from "./engine";
import type { EnvironmentFile } from "./environment";
import { Failure } from "./fault";
import { repoRoot } from "./paths";
import { stateOf } from "./state";

/** Names of this project's stacks in the backend that keeps the state of an environment. */
export async function stackNames(environment: EnvironmentFile): Promise<string[]> {
  const state = stateOf(environment);
  const cwd = state.folder ?? repoRoot;
  if (!existsSync(path.join(cwd, "Pulumi.yaml"))) return []; // local state that nobody has opened yet
  const env = { ...(await engine()), ...state.env };
  const { failed, stdout, all } = await execa("pulumi", ["stack", "ls", "--json", "--non-interactive"], {
    cwd,
    env,
    reject: false,
    all: true,
  });
  if (failed) throw new Failure(`pulumi stack ls: ${all}`);
  return (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name.split("/").at(-1)!);
}
