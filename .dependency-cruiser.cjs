/** Imports flow one way: stacks → components → components/lib ← policies; test and tools may import all; nothing imports stacks. */
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    {
      name: "lib-is-pure",
      comment: "components/lib has no Pulumi import and no I/O",
      severity: "error",
      from: { path: "^components/lib/" },
      to: { path: ["^node_modules/@pulumi/", "^components/(?!lib/)", "^(stacks|policies|test|tools)/"] },
    },
    { name: "lib-does-no-io", severity: "error", from: { path: "^components/lib/" }, to: { dependencyTypes: ["core"] } },
    { name: "components-know-no-stack", severity: "error", from: { path: "^components/" }, to: { path: "^(stacks|policies|test|tools)/" } },
    {
      name: "policies-use-lib-only",
      severity: "error",
      from: { path: "^policies/" },
      to: { path: "^(stacks|test|tools|components/(?!lib/))" },
    },
    { name: "stacks-do-not-test", severity: "error", from: { path: "^stacks/" }, to: { path: "^(policies|test|tools)/" } },
    {
      name: "nothing-imports-the-program",
      comment: "index.ts runs when it is imported; config.ts is its edge",
      severity: "error",
      from: { pathNot: "^stacks/" },
      to: { path: "^stacks/index" },
    },
    { name: "only-tests-and-tools-read-config", severity: "error", from: { pathNot: "^(stacks|test|tools)/" }, to: { path: "^stacks/" } },
    {
      name: "no-orphan-dev-dependency",
      comment: "what runs under Pulumi is a dependency, not a devDependency",
      severity: "error",
      from: { path: "^(stacks|components|policies)/" },
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
