import OpenAI from "openai";

/** What a constant load saw. */
export interface Load {
  /** Requests that were answered. */
  answered: number;
  /** Errors of requests that were not, without any retry. */
  lost: string[];
  /** Of the lost ones, those that an immediate second try answered. */
  recovered: number;
}

/** Asks short questions over `workers` connections until `stop()`; nothing is retried behind its back. */
export function load(baseURL: string, model: string, workers: number): { seen: Load; stop: () => Promise<Load> } {
  const client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0, timeout: 60_000 });
  const seen: Load = { answered: 0, lost: [], recovered: 0 };
  let running = true;
  const ask = async (): Promise<void> => {
    const answer = await client.chat.completions.create({
      model,
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 2,
      temperature: 0,
    });
    if (!answer.choices[0]?.message.content) throw new Error("an answer without text");
  };
  const work = async (): Promise<void> => {
    while (running) {
      try {
        await ask();
        seen.answered += 1;
      } catch (error) {
        seen.lost.push(String((error as Error).cause ?? error));
        seen.recovered += await ask().then(
          () => 1,
          () => 0,
        );
      }
    }
  };
  const all = Promise.all(Array.from({ length: workers }, work));
  return {
    seen,
    async stop() {
      running = false;
      await all;
      return seen;
    },
  };
}
