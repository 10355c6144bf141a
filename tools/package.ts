import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { command } from "./lib/fault";
import { repoRoot, workDir } from "./lib/paths";
import { bundlePolicies } from "./lib/policy-pack";

/** Where the package is put together, and where its archive lands. */
const folder = path.join(workDir, "package");
/** Files that components read while they run, beside their code: scripts of pods, and what images are built from. */
const read = ["components/gateway/scripts", "components/serving/scripts", "images/onnx-server"];
/** SDKs that a program has already, one of each in a program. */
const peers = ["@pulumi/pulumi", "@pulumi/kubernetes", "@pulumi/azure-native", "@pulumi/docker", "@pulumi/docker-build", "@pulumi/policy"];
/** Those that only who runs on Azure or on Docker, or with the policy pack, needs. */
const optional = ["@pulumi/azure-native", "@pulumi/docker", "@pulumi/docker-build", "@pulumi/policy"];

interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Builds the library, and packs it as `npm install` takes it. */
command(async () => {
  rmSync(folder, { recursive: true, force: true });
  await execa(path.join(repoRoot, "node_modules/.bin/tsc"), ["-p", "tsconfig.build.json"], { cwd: repoRoot, stdio: "inherit" });
  for (const files of read) cpSync(path.join(repoRoot, files), path.join(folder, files), { recursive: true });
  bundlePolicies(path.join(folder, "policies"));
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
  writeFileSync(path.join(folder, "PulumiPlugin.yaml"), "runtime: nodejs\n");
  for (const file of ["LICENSE", "CHANGELOG.md"]) cpSync(path.join(repoRoot, file), path.join(folder, file));
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", workDir, folder], { cwd: repoRoot });
  const [{ filename, size, entryCount }] = JSON.parse(stdout) as [{ filename: string; size: number; entryCount: number }];
  console.log(`${path.relative(repoRoot, path.join(workDir, filename))}: ${entryCount} files, ${Math.round(size / 1024)} KiB`);
});

/** The library's own manifest: no tools, and the SDKs of the program that uses it. */
function manifest(): object {
  const { version, description, license, engines, dependencies }: Manifest = JSON.parse(
    readFileSync(path.join(repoRoot, "package.json"), "utf8"),
  );
  const pick = (names: readonly string[], range = "") => Object.fromEntries(names.map((name) => [name, `${range}${dependencies[name]}`]));
  return {
    name: "slm-stack",
    ...{ version, description, license, engines },
    type: "commonjs",
    exports: {
      ".": "./components/index.js",
      "./azure": "./components/azure.js",
      "./local": "./components/local.js",
      "./package.json": "./package.json",
    },
    types: "./components/index.d.ts",
    main: "./components/plugin/main.js", // what the engine runs by the folder's name, for programs in other languages
    dependencies: pick(["zod", "@grafana/grafana-foundation-sdk"]),
    peerDependencies: pick(peers, "^"),
    peerDependenciesMeta: Object.fromEntries(optional.map((name) => [name, { optional: true }])),
  };
}
