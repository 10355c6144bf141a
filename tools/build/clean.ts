import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { command } from "../lib/fault";
import { cache } from "../lib/paths";
import { locked } from "./lock";
import * as monitoring from "./monitoring";
import { folderOf, type Recipe } from "./recipe";
import * as recipes from "./recipes";

const all = Object.values({ ...recipes, ...monitoring }).filter((one): one is Recipe => typeof one === "object");

/** Folders that are no recipe's and stay: they bound themselves, or cost more to make than they take. */
const kept = ["ccache", "ts-node"];

/** Folders of the cache that this checkout does not use: other versions, and halves of builds that were killed. */
export const unused = (folders: readonly string[], used: readonly Recipe[] = all): string[] =>
  folders.filter(
    (name) => !kept.includes(name) && !/^onnx-tests-\w+$/.test(name) && !used.some((recipe) => path.basename(folderOf(recipe)) === name),
  );

/** The recipe whose lock guards a folder; a build that runs holds it. */
const ownerOf = (folder: string): string | undefined =>
  all
    .map(({ name }) => name)
    .sort((a, b) => b.length - a.length)
    .find((name) => folder.startsWith(`${name}-`));

async function remove(name: string): Promise<void> {
  const folder = path.join(cache, name);
  const { stdout } = await execa("du", ["--summarize", "--block-size=1M", folder]);
  const work = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
  const lock = path.join(cache, `${ownerOf(name) ?? name}.lock`);
  await locked(lock, () => console.error(`waiting for a build that uses ${name}`), work);
  console.log(`${stdout.split("\t")[0]!.padStart(6)} MiB  ${name}`);
}

/** `make clean-caches`: removes what this checkout does not use; with ALL=1 everything that was built. */
if (require.main === module)
  command(async () => {
    const entries = existsSync(cache) ? readdirSync(cache, { withFileTypes: true }) : [];
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const gone = process.env["ALL"] ? folders : unused(folders);
    for (const name of gone) await remove(name);
    console.log(gone.length === 0 ? "nothing to remove" : `removed from ${cache}`);
  });
