import { build } from "../tools/build/recipe";
import { containerd, debianDaemons, debianPython, kubernetes, ollama, smollm2, supervisor } from "../tools/build/recipes";

/** Folders of what the lab is built from. */
export interface Built {
  debian: string;
  supervisor: string;
  kubernetes: string;
  containerd: string;
  ollama: string;
  smollm2: string;
  python: string;
}

/** Builds what is missing of the lab's parts. */
export async function built(): Promise<Built> {
  const recipes = { debian: debianDaemons, supervisor, python: debianPython, smollm2, kubernetes, containerd, ollama };
  const folders = await build(Object.values(recipes));
  return Object.fromEntries(Object.keys(recipes).map((name, index) => [name, folders[index]])) as unknown as Built;
}
