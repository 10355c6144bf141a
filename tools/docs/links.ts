import { readFileSync } from "node:fs";
import path from "node:path";

import { globSync } from "tinyglobby";

/** Pages of a built site by their path, each with what it links to and the ids that it has. */
const read = (site: string): Map<string, { links: string[]; ids: Set<string> }> =>
  new Map(
    globSync("**/*.html", { cwd: site }).map((file) => {
      const html = readFileSync(path.join(site, file), "utf8");
      const found = (attribute: string): string[] =>
        [...html.matchAll(new RegExp(`<[a-z][^>]*? ${attribute}="([^"]*)"`, "g"))].map(([, value]) => decodeURIComponent(value!));
      return [
        file,
        { links: [...html.matchAll(/<a [^>]*?href="([^"]*)"/g)].map(([, value]) => decodeURIComponent(value!)), ids: new Set(found("id")) },
      ];
    }),
  );

/** Links of a built site that lead to no page, or to no heading of it, as `page: link`. `base` is where the site lies on its host. */
export function deadLinks(site: string, base = "/"): string[] {
  const pages = read(site);
  return [...pages].flatMap(([page, { links }]) =>
    links
      .filter((link) => !/^[a-z]+:|^\/\//.test(link))
      .filter((link) => {
        const [place = "", anchor] = link.split("#");
        const file =
          place === "" ? page : place.startsWith(base) ? place.slice(base.length) : path.posix.join(path.posix.dirname(page), place);
        const target = pages.get(file === "" || file.endsWith("/") ? `${file}index.html` : file.endsWith(".html") ? file : `${file}.html`);
        return !target || (anchor ? !target.ids.has(anchor) : false);
      })
      .map((link) => `${page}: ${link}`),
  );
}
