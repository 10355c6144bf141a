import path from "node:path";

import { expect, it, vi } from "vitest";

import { repoRoot } from "../../../tools/lib/paths";
import { TypeChecker } from "../../../tools/mutate/type-checker";

vi.setConfig({ testTimeout: 60_000 }); // reads the declarations of the language

it("a changed file is refused where it does not compile, and not for a local that the change leaves unused", () => {
  const file = path.join(repoRoot, "lib/units.ts");
  const types = new TypeChecker([file]);
  const refuses = (content: string) => types.refuses(file, content);
  expect(refuses('export const port: "http" | "https" = "http";\n')).toBe(false);
  expect(refuses('export const port: "http" | "https" = "";\n')).toBe(true);
  expect(refuses("export const port = (;\n")).toBe(true);
  expect(refuses("export function five(unused: number): number {\n  const local = 4;\n  return 5;\n}\n")).toBe(false);
});
