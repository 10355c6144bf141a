import { readFileSync } from "node:fs";
import path from "node:path";

const read = (...names: string[]): string =>
  names.map((name) => readFileSync(path.join(__dirname, "scripts", `${name}.lua`), "utf8")).join("\n");

/** The script that chooses the model by the body of a request, and counts the tokens of its answer; Envoy runs it. */
export const routerScript = read("body", "router", "answer");

/** The script that has another model answer. */
export const failoverScript = read("body", "failover");
