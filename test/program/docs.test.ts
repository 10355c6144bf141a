import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { ComponentResource } from "@pulumi/pulumi";
import execa from "execa";
import { globSync } from "tinyglobby";
import { beforeAll, expect, it, vi } from "vitest";

import * as azure from "../../components/azure";
import * as main from "../../components/index";
import * as local from "../../components/local";
import { deadLinks } from "../../tools/docs/links";
import { settingAnchor } from "../../tools/docs/settings-pages";
import { repoRoot, workDir } from "../../tools/lib/paths";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 600_000 });

const site = path.join(workDir, "docs/site");
const page = (file: string): string => readFileSync(path.join(site, file), "utf8");
const pages = (): string[] => globSync("**/*.html", { cwd: site });

beforeAll(async () => {
  await execa(process.execPath, ["--import", "tsx", path.join(repoRoot, "tools/docs/main.ts")], { cwd: repoRoot });
});

it.each(Object.entries({ "slm-stack": main, "slm-stack/azure": azure, "slm-stack/local": local }))(
  "every component of %s has a page, with its arguments and what it makes known",
  (module, exported) => {
    const components = Object.entries(exported).filter(
      ([, value]) => (value as { prototype?: object }).prototype instanceof ComponentResource,
    );
    expect(components.length).toBeGreaterThan(2);
    const index = page("reference/components/index.html");
    for (const [name] of components) {
      const place = `reference/components/${module}/classes/${name}.html`;
      expect(page(place), name).toMatch(/<h2 id="constructors"/);
      expect(index).toContain(`href="/${place}"`);
    }
  },
);

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** Paths of every setting of the schema that editors read. */
function pathsOf(schema: Schema, definitions: Readonly<Record<string, Schema>>, at = ""): string[] {
  const { $ref, properties = {}, additionalProperties, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  const under = (part: Schema, place: string): string[] => pathsOf(part, definitions, place);
  return [
    ...($ref ? under(definitions[$ref.replace("#/$defs/", "")]!, at) : []),
    ...[...anyOf, ...oneOf, ...allOf, ...(items ? [items] : [])].flatMap((part) => under(part, at)),
    ...(typeof additionalProperties === "object" ? under(additionalProperties, `${at}.<name>`) : []),
    ...Object.entries(properties).flatMap(([name, part]) => {
      const place = at === "" ? name.replace("slm:", "") : `${at}.${name}`;
      return [place, ...under(part, place)];
    }),
  ];
}

it("every setting of the schema has an entry, with a meaning and a type", () => {
  const { $defs, properties } = JSON.parse(readFileSync(path.join(repoRoot, "stacks/environment.schema.json"), "utf8"));
  const settings = [...new Set(pathsOf(properties.config, $defs))];
  expect(settings.length).toBeGreaterThan(400);
  const missing = settings.filter((setting) => {
    const [section] = setting.split(".");
    const entry = new RegExp(`<h[123] id="${settingAnchor(setting)}"[^>]*>.*?</h[123]><p>[^<]{3,}.*?<strong>Type</strong>`, "s");
    return !existsSync(path.join(site, `reference/settings/${section}.html`)) || !entry.test(page(`reference/settings/${section}.html`));
  });
  expect(missing).toEqual([]);
});

it("pages of the repository are there, and examples with their programs", () => {
  for (const file of globSync("docs/**/*.md", { cwd: repoRoot }))
    expect(existsSync(path.join(site, file.replace("README.md", "index.html").replace(/\.md$/, ".html"))), file).toBe(true);
  expect(page("examples/one-model/index.html")).toContain("ModelNamespace");
});

it("has an index by which pages are searched without a server", () => {
  const [index] = globSync("assets/chunks/@localSearchIndex*.js", { cwd: site });
  const text = page(index!);
  for (const word of ["contextTokens", "ModelNamespace", "KvCacheFull"]) expect(text.toLowerCase()).toContain(word.toLowerCase());
});

it("no link leads nowhere, neither to a page nor to a heading", () => {
  expect(pages().length).toBeGreaterThan(100);
  expect(deadLinks(site)).toEqual([]);
});

it("loads nothing from another host, and lets a browser refuse it", () => {
  for (const file of pages()) {
    const html = page(file);
    expect(html, file).toContain(`http-equiv="Content-Security-Policy" content="default-src 'self'`);
    const loaded = [...html.matchAll(/<(?:script|img|iframe|source)\b[^>]*? src="([^"]+)"|<link\b[^>]*? href="([^"]+)"/g)].map(
      ([, src, href]) => src ?? href!,
    );
    expect(
      loaded.filter((url) => !/^(\/(?!\/)|data:)/.test(url)),
      file,
    ).toEqual([]);
  }
  for (const file of globSync("assets/**/*.css", { cwd: site }))
    expect(
      [...page(file).matchAll(/url\(["']?([^)"']+)/g)].map(([, url]) => url!).filter((url) => !/^(\/(?!\/)|data:|\.)/.test(url)),
    ).toEqual([]);
});
