import { cpSync } from "node:fs";
import path from "node:path";

import type { Recipe } from "../recipe";
import { compiled, moduleFolder } from "./compiled";

const module = "github.com/kedacore/keda/v2";

const programs = compiled(
  { name: "keda", version: "2.21.0", diskMib: 4500, expectedSeconds: 400 },
  {
    module: "keda",
    packages: [`${module}/cmd/operator`, `${module}/cmd/adapter`],
    set: [`${module}/version.Version=2.21.0`],
  },
);

/** KEDA's operator and its metrics server (`adapter`), and the kinds that it brings, as its module carries them. */
export const keda: Recipe = {
  ...programs,
  async build(into, report) {
    await programs.build(into, report);
    cpSync(path.join(await moduleFolder("keda", module), "config/crd/bases"), path.join(into, "crds"), { recursive: true });
  },
};
