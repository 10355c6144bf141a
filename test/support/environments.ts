import { stringify } from "yaml";

import { type Environment, parseEnvironment } from "../../stacks/environment";
import type { EnvironmentFile } from "../../tools/lib/environment";
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

/** The file of an environment with these settings; `more` is what it says beside them. */
export function environmentFile(name: string, raw: object = {}, more: object = {}): EnvironmentFile {
  const settings = { models: { chat: tiny }, ...raw };
  const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`slm:${key}`, value]));
  return { name, file: `stacks/Pulumi.${name}.yaml`, text: stringify({ ...more, config }), environment: parsed(settings, name) };
}

/** Settings of an environment on Azure; `more` is added to its section. */
export const onAzure = (more: object = {}): { target: "azure"; azure: object } => ({
  target: "azure",
  azure: {
    prefix: "contoso",
    tags: { owner: "a@example.com", costCentre: "1" },
    kubernetesVersion: "1.36",
    api: { kind: "private" },
    adminGroups: ["11111111-1111-4111-8111-111111111111"],
    observability: { alertEmails: ["a@example.com"], budget: { usdPerMonth: 400, from: "2026-12" } },
    ...more,
  },
});
