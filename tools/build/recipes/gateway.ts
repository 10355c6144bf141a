import { cpSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { fingerprint } from "../../lib/paths";
import { debian } from "../packages";
import type { Recipe } from "../recipe";
import { compiled, moduleFolder } from "./compiled";

const module = "github.com/envoyproxy/gateway";

const controller = compiled(
  { name: "envoy-gateway", version: "1.9.1", diskMib: 2500, expectedSeconds: 250 },
  { module: "envoy-gateway", packages: [`${module}/cmd/envoy-gateway`] },
);

/** Envoy Gateway's controller, and the kinds that it and the Gateway API define, as its project's chart carries them. */
export const envoyGateway: Recipe = {
  ...controller,
  async build(into, report) {
    await controller.build(into, report);
    const kinds = path.join(await moduleFolder("envoy-gateway", module), "charts/gateway-helm/charts/crds/crds");
    cpSync(kinds, path.join(into, "crds"), { recursive: true });
  },
};

/** The service that counts requests for all pods of Envoy, at the commit that Envoy Gateway 1.9.1 was made for. */
export const ratelimit = compiled(
  { name: "ratelimit", version: "3fb70258", diskMib: 400, expectedSeconds: 60 },
  { module: "ratelimit", packages: ["github.com/envoyproxy/ratelimit/src/service_cmd"] },
);

/** Debian's Redis with all that it runs on, in which the counts are kept. */
export const redis: Recipe = {
  name: "redis",
  version: process.arch,
  inputs: fingerprint(readFileSync("/etc/os-release"), "redis-server"),
  diskMib: 150,
  expectedSeconds: 15,
  async build(into, report) {
    report("fetching and unpacking");
    await debian(["redis-server"], into, { whole: true });
    for (const unused of ["doc", "man", "locale", "zoneinfo"])
      rmSync(path.join(into, "usr/share", unused), { recursive: true, force: true });
  },
};
