import { readFileSync } from "node:fs";
import path from "node:path";

import type { Page } from "./settings-pages";

/** Reads a text file by its path from the repository's root. */
type Read = (file: string) => string;

/** Where a file of the repository is on the site: pages keep their place, but for those that a folder or the repository begins with. */
export function placeOf(file: string): string {
  if (file === "README.md") return "overview.md";
  return file.replace(/(^|\/)README\.md$/, "$1index.md");
}

/** Pages of the repository as pages of the site. `files` are all that it has. */
export function repoPages(files: readonly string[], read: Read): Page[] {
  const written = files.filter((file) =>
    /^(docs\/.*|examples\/(clients\/)?README|README|CHANGELOG|CONTRIBUTING)\.md$|^docs\/.*\.md$/.test(file),
  );
  const programs = files.filter((file) => /^examples\/.+\//.test(file) && !written.includes(file));
  const examples = [...new Set(programs.map((file) => path.dirname(file)))];
  const places = new Map([
    ...written.map((file) => [file, placeOf(file)] as const),
    ...written.filter((file) => file.endsWith("/README.md")).map((file) => [path.dirname(file), placeOf(file)] as const),
    ...examples.map((folder) => [folder, `${folder}/index.md`] as const),
  ]);
  return [
    ...written.map((file) => ({ path: placeOf(file), text: linked(read(file), file, places, new Set(files)) })),
    ...examples.map((folder) => examplePage(folder, files, read)),
  ];
}

/** Links lead to pages of the site; one to a file that is none is the file's path. What leads nowhere stays, and fails the site's build. */
function linked(text: string, file: string, places: ReadonlyMap<string, string>, files: ReadonlySet<string>): string {
  return text.replaceAll(/\[([^\]]*)\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)/g, (whole, words, target, anchor = "") => {
    const to = path.posix.join(path.posix.dirname(file), target).replace(/\/$/, "");
    const place = places.get(to);
    if (place) return `[${words}](/${place}${anchor})`;
    const isThere = files.has(to) || [...files].some((one) => one.startsWith(`${to}/`));
    return isThere ? `${words} (\`${to}\`)` : whole;
  });
}

/** An example: what its folder holds. */
function examplePage(folder: string, files: readonly string[], read: Read): Page {
  const own = files.filter((file) => path.dirname(file) === folder && !/(tsconfig|package-lock)\.json$/.test(file));
  const shown = own.sort((a, b) => Number(isProgram(b)) - Number(isProgram(a)) || a.localeCompare(b));
  const blocks = shown.map((file) => `\`${path.basename(file)}\`\n\n\`\`\`${language(file)}\n${read(file).trimEnd()}\n\`\`\``);
  return { path: `${folder}/index.md`, text: `# ${path.basename(folder)}\n\n${blocks.join("\n\n")}\n` };
}

const isProgram = (file: string): boolean => /\.(ts|py|sh|cs)$/.test(file);
const languages = [".ts", ".py", ".sh", ".cs", ".yaml", ".json"];
const language = (file: string): string => (languages.includes(path.extname(file)) ? path.extname(file).slice(1) : "txt");

/** The first heading of a page, without its marks. */
export const titleOf = (text: string): string => /^# (.+?)(?: \{#.*\})?$/m.exec(text)?.[1]?.replaceAll(/[`\\]/g, "") ?? "";

/** {@link repoPages} of a checkout. */
export const pagesBelow = (root: string, files: readonly string[]): Page[] =>
  repoPages(files, (file) => readFileSync(path.join(root, file), "utf8"));
