import { type Environment, parseEnvironment } from "../../stacks/environment";
import { messageOf } from "./errors";

/** The shortest entry of a model. */
export const tiny = { engine: "ollama", model: "qwen3-0.6b" } as const;

/** An environment with these settings; with one model where they name none. */
export const parsed = (raw: object = {}, name = "dev"): Environment =>
  parseEnvironment(name, { models: { chat: tiny }, ...raw }, `stacks/Pulumi.${name}.yaml`);

/** What an environment with these settings is refused for, each mistake as `path: message`; none where it is taken. */
export function mistakes(raw: object): string[] {
  const message = messageOf(() => parsed(raw));
  return message
    .split("\n✖ ")
    .slice(1)
    .map((mistake) => {
      const [text, path] = mistake.split("\n  → at ");
      return path ? `${path}: ${text}` : text!;
    });
}

/** The same for the entry of one model, whose path is left out. */
export const modelMistakes = (entry: object): string[] =>
  mistakes({ models: { chat: { ...tiny, ...entry } } }).map((mistake) => mistake.replace(/^models\.chat(\.|: )/, ""));
