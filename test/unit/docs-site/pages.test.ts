import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { componentIndex, tidied } from "../../../tools/docs/component-pages";
import { deadLinks } from "../../../tools/docs/links";
import { repoPages, titleOf } from "../../../tools/docs/repo-pages";
import { settingsPages } from "../../../tools/docs/settings-pages";

describe("pages of the repository", () => {
  const linkingTo = (target: string): string => {
    const files = ["README.md", "docs/a.md", "docs/policies/README.md", "examples/one/index.ts", "lib/x.ts"];
    const text = (file: string): string => (file === "docs/a.md" ? `[it](${target})` : file);
    return repoPages(files, text).find(({ path: place }) => place === "docs/a.md")!.text;
  };

  it.each([
    ["a page", "policies/README.md#levels", "[it](/docs/policies/index.md#levels)"],
    ["the first page", "../README.md", "[it](/overview.md)"],
    ["a folder of pages", "policies", "[it](/docs/policies/index.md)"],
    ["an example", "../examples/one", "[it](/examples/one/index.md)"],
    ["a file that is no page", "../lib/x.ts", "it (`lib/x.ts`)"],
    ["nothing", "gone.md", "[it](gone.md)"],
    ["another host", "https://example.com", "[it](https://example.com)"],
    ["a heading of the page", "#here", "[it](#here)"],
  ])("link to %s", (_what, target, expected) => expect(linkingTo(target)).toBe(expected));

  it("show programs of clients in folders of their own, below the page that tells of them", () => {
    const files = ["examples/clients/README.md", "examples/clients/curl/client.sh", "examples/clients/express/package-lock.json"];
    const pages = repoPages([...files, "examples/clients/express/server.ts"], (file) => `# ${file}\n[it](./curl)`);
    expect(pages.map(({ path }) => path)).toEqual([
      "examples/clients/index.md",
      "examples/clients/curl/index.md",
      "examples/clients/express/index.md",
    ]);
    expect(pages[0]!.text).toContain("[it](/examples/clients/curl/index.md)");
    expect(pages[1]!.text).toContain("```sh\n# examples/clients/curl/client.sh");
    expect(pages[2]!.text).not.toContain("package-lock");
  });
  it("show the programs of examples", () => {
    const [page] = repoPages(["examples/one/Pulumi.yaml", "examples/one/index.ts", "examples/one/tsconfig.json"], (file) => `# ${file}`);
    expect(page).toEqual({
      path: "examples/one/index.md",
      text: "# one\n\n`index.ts`\n\n```ts\n# examples/one/index.ts\n```\n\n`Pulumi.yaml`\n\n```yaml\n# examples/one/Pulumi.yaml\n```\n",
    });
  });

  it("are called by their first heading", () => {
    expect([titleOf("# `slm:models` {#models}\n"), titleOf("text\n# A b\n"), titleOf("no heading")]).toEqual(["slm:models", "A b", ""]);
  });
});

it("settings are reported with all that is known of them, as text", () => {
  const known = { type: "whole number", required: false, bounds: ["must be at least 1", "must be at most 9"] };
  const pages = settingsPages([
    { path: "models", meaning: "All.", type: "section", required: true, bounds: [] },
    { path: "models.<name>.hours", meaning: "Time of `a|b` *or* <c>.", unit: "hours", default: "[1]", replaces: "it", ...known },
  ]);
  expect(pages.map(({ path: place }) => place)).toEqual(["reference/settings/index.md", "reference/settings/models.md"]);
  expect(pages[0]!.text).toContain("| [`slm:models`](./models.md) | All. | yes |");
  expect(pages[1]!.text.split("\n").filter(Boolean).slice(3)).toEqual([
    "# `slm:models` {#models}",
    "All.",
    "- **Type**: section",
    "- **Default**: none: it must be given",
    "## `models.<name>.hours` {#models-name-hours}",
    "Time of `a|b` &#42;or&#42; &#60;c&#62;.",
    "- **Type**: whole number",
    "- **Unit**: hours",
    "- **Default**: &#91;1&#93;",
    "- **Bound**: must be at least 1; must be at most 9",
    "- **Replaces**: it",
  ]);
});

it("components are listed with their first sentence, and tell what is their own", () => {
  const text =
    "# A\n\nMakes [b](/c). And more.\n\n## Extends\n\n- `Resource`\n\n## Properties\n\n### d\n\nIts e.\n\n#### Default\n\nnone\n\n#### Inherited from\n\nX\n\n***\n\n### f\n";
  expect(tidied(text)).toBe("# A\n\nMakes [b](/c). And more.\n\n## Properties\n\n### d\n\nIts e.\n\n**Default**: none\n\n***\n\n### f\n");
  const page = componentIndex([{ path: "reference/components/slm-stack/classes/A.md", text }]);
  expect(page.text).toContain("| [A](/reference/components/slm-stack/classes/A.md) | Makes b. |");
});

describe("links of a site", () => {
  let site: string;
  afterEach(() => rmSync(site, { recursive: true, force: true }));

  it("that lead to no page, or to no heading, are named", () => {
    site = mkdtempSync(path.join(tmpdir(), "slm-site-"));
    mkdirSync(path.join(site, "docs"));
    writeFileSync(
      path.join(site, "index.html"),
      '<a href="/base/docs/">a</a><a href="/base/gone.html">b</a><a href="https://example.com">c</a>',
    );
    const own =
      '<h2 id="here">x</h2><a href="#here">a</a><a href="#gone">b</a><a href="../index.html#gone">c</a><a class="x" href="/base/docs/index#here">d</a>';
    writeFileSync(path.join(site, "docs/index.html"), own);
    expect(deadLinks(site, "/base/").sort()).toEqual([
      "docs/index.html: #gone",
      "docs/index.html: ../index.html#gone",
      "index.html: /base/gone.html",
    ]);
  });
});
