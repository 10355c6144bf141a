import type { Setting } from "../settings/settings";

/** A page of the site: its path from the site's root, and its Markdown. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const folder = "reference/settings";

/** The reference of environment files: a page for each section, and one that lists them. */
export function settingsPages(settings: readonly Setting[]): Page[] {
  const sections = settings.filter(({ path }) => !path.includes("."));
  return [index(sections), ...sections.map((section) => sectionPage(section, settings))];
}

/** The id of a setting's heading: `models.<name>.engine` is `models-name-engine`. */
export const settingAnchor = (path: string): string => path.replaceAll(/[<>]/g, "").replaceAll(".", "-");

function index(sections: readonly Setting[]): Page {
  const rows = sections.map(
    ({ path, meaning, required }) => `| [\`slm:${path}\`](./${path}.md) | ${cell(meaning)} | ${required ? "yes" : "no"} |`,
  );
  const lines = [
    "# Settings of an environment",
    "An environment is one file, `stacks/Pulumi.<environment>.yaml`. These are its sections, each under `config:`; `make explain KEY=…` says the same in a terminal.",
    ["| section | meaning | must be given |", "| --- | --- | --- |", ...rows].join("\n"),
  ];
  return { path: `${folder}/index.md`, text: `${lines.join("\n\n")}\n` };
}

function sectionPage(section: Setting, settings: readonly Setting[]): Page {
  const under = settings.filter(({ path }) => path.startsWith(`${section.path}.`));
  const parents = new Set(under.map(({ path }) => parentOf(path)));
  const levelOf = (path: string): number => (parents.has(path) || parentOf(path) === section.path ? 2 : 3);
  const entries = [entry(section, 1), ...under.map((setting) => entry(setting, levelOf(setting.path)))];
  return { path: `${folder}/${section.path}.md`, text: `---\noutline: 2\n---\n\n${entries.join("\n\n")}\n` };
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf(".")).replace(/\.<name>$/, "");

/** One setting: a heading, its meaning, and a list of what is known of it. */
function entry({ path, meaning, type, unit, default: fallback, required, bounds, replaces }: Setting, level: number): string {
  const known: readonly (readonly [string, string | undefined])[] = [
    ["Type", escaped(type)],
    ["Unit", unit],
    ["Default", fallback === undefined ? (required ? "none: it must be given" : undefined) : escaped(fallback)],
    ["Bound", bounds.length > 0 ? escaped(bounds.join("; ")) : undefined],
    ["Replaces", replaces && escaped(replaces)],
  ];
  const list = known.flatMap(([name, text]) => (text ? [`- **${name}**: ${text}`] : []));
  return [`${"#".repeat(level)} \`${level === 1 ? "slm:" : ""}${path}\` {#${settingAnchor(path)}}`, escaped(meaning), list.join("\n")].join(
    "\n\n",
  );
}

/** Text in which no sign is Markdown's or HTML's, but for code in backquotes. */
const escaped = (text: string): string =>
  text
    .split(/(`[^`]*`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll(/[\\*_[\]<>{}#|]/g, (sign) => `&#${sign.charCodeAt(0)};`)))
    .join("");

const cell = (text: string): string => escaped(text).replaceAll("\n", " ");
