import { titleOf } from "./repo-pages";
import type { Page } from "./settings-pages";

/** What a program imports. */
export const modules = ["slm-stack", "slm-stack/azure", "slm-stack/local"] as const;

/** Where TypeDoc's pages are on the site. */
export const componentsFolder = "reference/components/";

/** Headings of TypeDoc that tell nothing here, since every component is a Pulumi resource. */
const omitted = /^#+ (Extends|Overrides|Implements|Implementation of|Extended by|Inherited from)$/;

/** A page of TypeDoc without {@link omitted}, its defaults in a line each. */
export function tidied(text: string): string {
  const levelOf = (line: string): number => /^(#*) /.exec(line)?.[1]?.length ?? 0;
  let skipping = 0;
  const kept = text.split("\n").filter((line) => {
    const level = levelOf(line);
    if ((level > 0 && level <= skipping) || line === "***") skipping = 0;
    if (omitted.test(line)) skipping = level;
    return skipping === 0;
  });
  return kept
    .join("\n")
    .replaceAll(/^#### Returns\n\n`[A-Z]\w+`\n/gm, "")
    .replaceAll(/^#+ Default\n\n/gm, "**Default**: ")
    .replaceAll(/\n{3,}/g, "\n\n");
}

/** The page that lists all components, each with its first sentence. */
export function componentIndex(pages: readonly Page[]): Page {
  const lists = modules.map((module) => {
    const folder = `${componentsFolder}${module}/classes/`;
    const own = pages.filter(({ path }) => path.startsWith(folder)).sort((a, b) => a.path.localeCompare(b.path));
    const rows = own.map(({ path, text }) => `| [${titleOf(text)}](/${path}) | ${summary(text)} |`);
    return [`## ${module}`, ["| component | what it is |", "| --- | --- |", ...rows].join("\n")].join("\n\n");
  });
  const words = "Classes that a program makes; `npm install` of the packed library brings them ([examples](/examples/index.md)).";
  return { path: `${componentsFolder}index.md`, text: `# Components\n\n${words}\n\n${lists.join("\n\n")}\n` };
}

/** The first sentence after the title. */
function summary(text: string): string {
  const [, paragraph = ""] = text.split("\n\n");
  const flat = paragraph.startsWith("#") ? "" : paragraph.replaceAll("\n", " ").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  return (/^.*?[.:;](?= |$)/.exec(flat)?.[0] ?? flat).replace(/[:;]$/, ".").replaceAll("|", "\\|");
}
