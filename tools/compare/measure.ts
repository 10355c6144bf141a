import { stream, type Through } from "../ask";
import { type Level, levelOf, type Outcome } from "./figures";
import type { Row } from "./report";
import type { Settings } from "./settings";

/** A model as it is reached. */
export interface Endpoint {
  readonly url: string;
  readonly model: string;
  readonly through: Through;
}

/** Questions whose answers are shown side by side. */
const questions = [
  "What is the capital of France?",
  "Write one sentence that explains to a child why the sky is blue.",
  "A train leaves at 14:20 and arrives at 17:05. How long does it take?",
];

/** Asks once, without a second try: it would count for the first. */
async function askOnce({ url, model, through }: Endpoint, question: string, maxTokens: number): Promise<Outcome & { text?: string }> {
  try {
    const answer = await stream(url, model, question, () => undefined, through, { maxTokens, maxRetries: 0 });
    return answer.tokens > 0 ? answer : { failed: "an answer without a token, or a server that does not count them" };
  } catch (error) {
    return { failed: (error as Error).message };
  }
}

/** Whether a model answers anything at all. */
export const answers = async (endpoint: Endpoint): Promise<boolean> => !("failed" in (await askOnce(endpoint, "Hi", 1)));

/** What a model answers to the questions, one after the other. The first also loads what a server loads late, and is not measured. */
export async function answersOf(endpoint: Endpoint, { tokens }: Pick<Settings, "tokens">): Promise<Row["answers"]> {
  const answered: Row["answers"][number][] = [];
  for (const question of questions) {
    const outcome = await askOnce(endpoint, question, tokens);
    const failed = "failed" in outcome;
    answered.push({ question, text: failed ? outcome.failed : (outcome.text ?? ""), failed });
  }
  return answered;
}

/**
 * Texts that differ in their first words, so that no server answers from what it keeps of an earlier one, and that are the same for every model of
 * a comparison. `run` is another one for each comparison.
 */
const promptOf = (run: string, level: number, request: number): string =>
  `Note ${run}-${level}-${request}. Write a short story about a lighthouse keeper who finds a letter in a bottle.`;

/** Asks one at a time, and then as many at once as the settings say. */
export async function levelsOf(endpoint: Endpoint, run: string, { concurrency, requests, tokens }: Settings): Promise<Level[]> {
  const levels: Level[] = [];
  for (const atOnce of new Set([1, concurrency])) {
    const outcomes: Outcome[] = [];
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < requests) outcomes.push(await askOnce(endpoint, promptOf(run, atOnce, next++), tokens));
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: atOnce }, client));
    levels.push(levelOf(atOnce, outcomes, (performance.now() - began) / 1000));
  }
  return levels;
}
