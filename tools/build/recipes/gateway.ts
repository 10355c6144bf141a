import { cpSync } from "node:fs";
import path from "node:path";

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
