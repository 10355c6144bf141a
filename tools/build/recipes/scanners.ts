import { python, pythonInputs } from "../packages";
import type { Recipe } from "../recipe";
import { compiled } from "./compiled";

const pins = "tools/python/scanners.txt";

/** Public scanners: checkov for manifests and Dockerfiles, hadolint for Dockerfiles, zizmor for workflows. */
export const scanners: Recipe = {
  name: "scanners",
  version: "1",
  inputs: pythonInputs(pins),
  diskMib: 700,
  expectedSeconds: 60,
  async build(into, report) {
    report("installing packages");
    await python("install", pins, into);
  },
};

/** The linter of workflows. */
export const actionlint = compiled(
  { name: "actionlint", version: "1.7.12", diskMib: 200, expectedSeconds: 20 },
  { module: "actionlint", packages: ["github.com/rhysd/actionlint/cmd/actionlint"] },
);
