import { npmPackages } from "./npm";

/**
 * What the example of a service in TypeScript imports (its `node_modules`), with which tests run it and the client. tsx's esbuild is in a package of
 * its own for each kind of machine, and needs no script.
 */
export const expressPackages = npmPackages("examples/clients/express", {
  ...{ name: "express-packages", version: "5.3.0" },
  ...{ diskMib: 60, expectedSeconds: 15 },
});
