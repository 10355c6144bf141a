import { command, UserError } from "../lib/fault";
import { build } from "./recipe";
import * as recipes from "./recipes";

/** `main.ts NAME`: builds what is missing and prints the folder; for scripts that are not TypeScript. */
command(async () => {
  const offered = { smollm2HuggingFace: recipes.smollm2HuggingFace, smollm2Onnx: recipes.smollm2Onnx };
  const recipe = offered[process.argv[2] as keyof typeof offered];
  if (!recipe) throw new UserError(`build: unknown recipe "${process.argv[2] ?? ""}"`, `use one of ${Object.keys(offered).join(", ")}`);
  console.log((await build([recipe]))[0]);
});
