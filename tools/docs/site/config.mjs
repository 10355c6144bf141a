// Settings of VitePress. What depends on the pages is in site.json beside it, which `make docs` writes.
import { readFileSync } from "node:fs";

const { title, description, nav, sidebar } = JSON.parse(readFileSync(new URL("site.json", import.meta.url), "utf8"));

/** A browser loads nothing from another host; VitePress puts short scripts and styles into the page itself. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
].join("; ");

export default {
  title,
  description,
  lang: "en",
  base: process.env.BASE || "/",
  head: [
    ["meta", { "http-equiv": "Content-Security-Policy", content: policy }],
    ["link", { rel: "icon", href: "data:," }],
  ],
  markdown: {
    html: false, // `<name>` in a page is text
    config: (markdown) => {
      // VitePress takes a page for a template, in which two braces are an expression: in text of ours they are braces.
      const { text } = markdown.renderer.rules;
      markdown.renderer.rules.text = (...args) => text(...args).replaceAll("{{", "&#123;&#123;");
    },
  },
  themeConfig: { nav, sidebar, outline: { level: [2, 3] }, search: { provider: "local" } },
};
