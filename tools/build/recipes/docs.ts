import { npmPackages } from "./npm";

/** TypeDoc and VitePress (its `node_modules`), which only `make docs` needs. */
export const docsPackages = npmPackages("tools/docs/site", { name: "docs-packages", version: "1.6.4", diskMib: 250, expectedSeconds: 20 });
