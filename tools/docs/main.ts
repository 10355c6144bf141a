import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import { globSync } from "tinyglobby";

import { build } from "../build/recipe";
import { docsPackages } from "../build/recipes";
import { command, UserError } from "../lib/fault";
import { repoRoot, workDir } from "../lib/paths";
import { allSettings } from "../settings/settings";
import { componentIndex, componentsFolder, tidied } from "./component-pages";
import { homePage } from "./home";
import { deadLinks } from "./links";
import { navigation } from "./navigation";
import { pagesBelow } from "./repo-pages";
import { type Page, settingsPages } from "./settings-pages";

const folder = path.join(workDir, "docs");
const source = path.join(folder, "source");
const site = path.join(folder, "site");

/** Builds the site: pages of the repository, and the reference of components and settings; a link that leads nowhere ends it. */
command(async () => {
  const [packages] = await build([docsPackages]);
  const modules = path.join(packages!, "node_modules");
  for (const place of [source, site]) rmSync(place, { recursive: true, force: true });
  mkdirSync(path.join(source, ".vitepress"), { recursive: true });
  symlinkSync(modules, path.join(source, "node_modules"));
  const pages = [...(await repositoryPages()), ...settingsPages(allSettings()), ...(await componentPages(modules))];
  writeSource([homePage(manifest().description), ...pages]);
  await run(modules, "vitepress/bin/vitepress.js", ["build", source, "--outDir", site]);
  const dead = deadLinks(site, process.env["BASE"] || "/");
  if (dead.length > 0)
    throw new UserError(`links that lead nowhere:\n  ${dead.join("\n  ")}`, "correct the page, or the heading that it means");
  console.log(
    `${path.relative(repoRoot, site)}: ${pages.length + 1} pages; python3 -m http.server --directory ${path.relative(repoRoot, site)} serves them`,
  );
});

const manifest = (): { description: string } => JSON.parse(readFileSync(path.join(repoRoot, "package.json"), "utf8"));

async function repositoryPages(): Promise<Page[]> {
  const { stdout } = await execa("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: repoRoot });
  return pagesBelow(repoRoot, stdout.split("\n"));
}

/** TypeDoc's pages of what the package exports. */
async function componentPages(modules: string): Promise<Page[]> {
  const out = path.join(folder, "components");
  const entries = ["index", "azure", "local"].map((name) => path.join(repoRoot, `components/${name}.ts`));
  rmSync(out, { recursive: true, force: true });
  const options = path.join(folder, "typedoc.json");
  cpSync(path.join(__dirname, "site/typedoc.json"), options);
  const flags = ["--options", options, "--tsconfig", path.join(repoRoot, "tsconfig.build.json"), "--out", out];
  await run(modules, "typedoc/bin/typedoc", [...flags, ...entries]);
  const pages = globSync("**/*.md", { cwd: out }).map((file) => ({
    path: `${componentsFolder}${file}`,
    text: tidied(readFileSync(path.join(out, file), "utf8")),
  }));
  const own = componentIndex(pages);
  return [own, ...pages.filter(({ path: place }) => place !== own.path)];
}

function writeSource(pages: readonly Page[]): void {
  for (const { path: place, text } of pages) {
    mkdirSync(path.dirname(path.join(source, place)), { recursive: true });
    writeFileSync(path.join(source, place), text);
  }
  const own = path.join(__dirname, "site");
  cpSync(path.join(own, "config.mjs"), path.join(source, ".vitepress/config.mjs"));
  cpSync(path.join(own, "theme"), path.join(source, ".vitepress/theme"), { recursive: true });
  const facts = { title: "slm-stack", description: manifest().description, ...navigation(pages) };
  writeFileSync(path.join(source, ".vitepress/site.json"), JSON.stringify(facts, null, 2));
}

/** Runs a program of the packages; what it says is shown when it fails. */
async function run(modules: string, program: string, args: readonly string[]): Promise<void> {
  try {
    await execa(process.execPath, [path.join(modules, program), ...args], { cwd: folder, all: true });
  } catch (error) {
    throw new UserError(
      `the site could not be built:\n${(error as { all?: string }).all ?? String(error)}`,
      "correct the page that it names",
    );
  }
}
