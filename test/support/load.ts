import OpenAI from "openai";

/** What a constant load saw. */
export interface Load {
  /** Requests that were answered. */
  answered: number;
  /** Errors of requests that were not, without any retry. */
  lost: string[];
  /** Of the lost ones, those that were answered to a client that retries as the official one does unless set otherwise: twice, from 0.5 s on. */
  recovered: number;
}

/** Asks short questions over `workers` connections until `stop()`; a lost request is counted before it is tried again. */
export function load(baseURL: string, model: string, workers: number): { seen: Load; stop: () => Promise<Load> } {
  const client = new OpenAI({ baseURL, apiKey: "unused", timeout: 60_000 });
  const seen: Load = { answered: 0, lost: [], recovered: 0 };
  let running = true;
  const ask = async (maxRetries: number): Promise<void> => {
    const question = { model, messages: [{ role: "user" as const, content: "Hi" }], max_tokens: 2, temperature: 0 };
    const answer = await client.chat.completions.create(question, { maxRetries });
    if (!answer.choices[0]?.message.content) throw new Error("an answer without text");
  };
  const work = async (): Promise<void> => {
    while (running) {
      try {
        await ask(0);
        seen.answered += 1;
      } catch (error) {
        seen.lost.push(String((error as Error).cause ?? error));
        seen.recovered += await ask(2).then(
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
