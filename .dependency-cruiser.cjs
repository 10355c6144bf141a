/** Imports flow one way: stacks → components → lib ← policies; tools and lab run them; test may import all; product code imports neither test nor lab. */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "lib-is-pure",
      comment: "lib has no Pulumi import and no I/O",
      severity: "error",
      from: { path: "^lib/" },
      to: { path: ["^node_modules/@pulumi/", "^(components|stacks|policies|test|tools|lab)/"] },
    },
    { name: "lib-does-no-io", severity: "error", from: { path: "^lib/" }, to: { dependencyTypes: ["core"], pathNot: "^(node:)?crypto$" } },
    {
      name: "components-know-no-stack",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^(stacks|policies|test|tools|lab)/" },
    },
    {
      name: "policies-use-lib-only",
      severity: "error",
      from: { path: "^policies/" },
      to: { path: "^(stacks|test|tools|lab|components)/" },
    },
    { name: "stacks-do-not-test", severity: "error", from: { path: "^stacks/" }, to: { path: "^(policies|test|tools|lab)/" } },
    { name: "only-tests-import-tests", severity: "error", from: { pathNot: "^test/" }, to: { path: "^test/" } },
    {
      name: "nothing-imports-the-program",
      comment: "index.ts runs when it is imported; config.ts is its edge",
      severity: "error",
      from: { pathNot: "^stacks/" },
      to: { path: "^stacks/index" },
    },
    {
      name: "only-tests-and-tools-read-config",
      severity: "error",
      from: { pathNot: "^(stacks|test|tools|lab)/" },
      to: { path: "^stacks/" },
    },
    {
      name: "no-orphan-dev-dependency",
      comment: "what runs under Pulumi is a dependency, not a devDependency",
      severity: "error",
      from: { path: "^(stacks|components|policies|lib)/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    combinedDependencies: true,
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "require", "node", "default"] },
  },
};
