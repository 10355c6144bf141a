import { readFileSync } from "node:fs";
import path from "node:path";

/** The script that chooses the model by the body of a request; Envoy runs it. */
export const routerScript = readFileSync(path.join(__dirname, "scripts", "router.lua"), "utf8");
