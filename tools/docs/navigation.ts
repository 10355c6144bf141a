import { componentsFolder, modules } from "./component-pages";
import { titleOf } from "./repo-pages";
import type { Page } from "./settings-pages";

interface Entry {
  readonly text: string;
  readonly link?: string;
  readonly items?: readonly Entry[];
  readonly collapsed?: boolean;
}

/** What VitePress shows beside pages and above them. */
export interface Navigation {
  readonly nav: readonly Entry[];
  readonly sidebar: Readonly<Record<string, readonly Entry[]>>;
}

/** Guides, in the order in which a reader needs them; one that is not named here comes after them. */
const guides = [
  "first-steps",
  "serving",
  "gateway",
  "scaling",
  "monitoring",
  "security",
  "azure",
  "local",
  "compare",
  "pipelines",
  "testing",
  "mutation",
];

export function navigation(pages: readonly Page[]): Navigation {
  const nav = [
    { text: "Guides", link: "/overview" },
    { text: "Components", link: "/reference/components/" },
    { text: "Settings", link: "/reference/settings/" },
    { text: "Runbooks", link: "/docs/runbooks/" },
  ];
  return {
    nav,
    sidebar: {
      "/reference/components/": components(pages),
      "/reference/settings/": [section("Settings", under(pages, "reference/settings/"))],
      "/": written(pages),
    },
  };
}

function written(pages: readonly Page[]): Entry[] {
  const at = (path: string): Page[] => pages.filter((page) => page.path === path);
  const order = ({ path }: Page): number => {
    const index = guides.findIndex((name) => path === `docs/${name}.md`);
    return index < 0 ? guides.length : index;
  };
  const guide = pages.filter(({ path }) => /^docs\/[^/]+\.md$/.test(path)).sort((a, b) => order(a) - order(b));
  return [
    section("Start", [...at("overview.md"), ...under(pages, "examples/"), ...at("CHANGELOG.md"), ...at("CONTRIBUTING.md")]),
    section("Guides", guide),
    section("Runbooks", under(pages, "docs/runbooks/"), true),
    section("Policies", under(pages, "docs/policies/"), true),
    section("Decisions", under(pages, "docs/decisions/"), true),
  ];
}

/** Components by what a program imports; arguments and types after them. */
function components(pages: readonly Page[]): Entry[] {
  const own = (module: string, ...kinds: readonly string[]): Page[] =>
    kinds.flatMap((kind) => under(pages, `${componentsFolder}${module}/${kind}/`));
  const parts = modules.flatMap((module) => [
    section(module, own(module, "classes")),
    section(`Types of ${module}`, own(module, "interfaces", "type-aliases", "functions"), true),
  ]);
  return [{ text: "All components", link: "/reference/components/" }, ...parts];
}

const section = (text: string, pages: readonly Page[], collapsed?: boolean): Entry => ({
  text,
  items: pages.map((page) => ({ text: titleOf(page.text), link: `/${page.path.replace(/(index)?\.md$/, "")}` })),
  ...(collapsed ? { collapsed } : {}),
});

/** Pages of a folder by name, its own first. */
const under = (pages: readonly Page[], folder: string): Page[] =>
  pages
    .filter(({ path }) => path.startsWith(folder))
    .sort((a, b) => Number(b.path === `${folder}index.md`) - Number(a.path === `${folder}index.md`) || a.path.localeCompare(b.path));
