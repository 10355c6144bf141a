import path from "node:path";

import { expect, it } from "vitest";

import { unused } from "../../../tools/build/clean";
import { folderOf, type Recipe } from "../../../tools/build/recipe";

const recipe: Recipe = { name: "torch", version: "2", inputs: "abc", diskMib: 1, expectedSeconds: 1, build: async () => undefined };
const current = path.basename(folderOf(recipe));

it("of the cache, other versions and halves of builds are not used; what is used now, and caches of compilers, are", () => {
  const left = [current, "ccache", "ts-node", "onnx-tests-0a1b"];
  const gone = ["torch-1-abc", "torch-2-abd", `${current}.partial`, "onnx-model-0a1b"];
  expect(unused([...left, ...gone], [recipe])).toEqual(gone);
});
