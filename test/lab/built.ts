import { build } from "../../tools/build/recipe";
import { debianDaemons, kubernetes, ollama, smollm2, supervisor } from "../../tools/build/recipes";

/** Folders of what the lab is built from. */
export interface Built {
  debian: string;
  supervisor: string;
  kubernetes: string;
  ollama: string;
  smollm2: string;
}

/** Builds what is missing of the lab's parts. */
export async function built(): Promise<Built> {
  const [debian, python, model, control, server] = await build([debianDaemons, supervisor, smollm2, kubernetes, ollama]);
  return { debian: debian!, supervisor: python!, smollm2: model!, kubernetes: control!, ollama: server! };
}
