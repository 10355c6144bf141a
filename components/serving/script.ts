import { readFileSync } from "node:fs";
import path from "node:path";

/** Text of a script in `scripts`, which a container runs. */
export const script = (file: string): string => readFileSync(path.join(__dirname, "scripts", file), "utf8");
