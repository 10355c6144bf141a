import { setMaxListeners } from "node:events";

import OpenAI from "openai";

/** Asks the model over and over, `clients` at a time, until it is asked to stop; then every client leaves. */
export function load(baseURL: string, model: string, clients: number, maxTokens: number): () => Promise<void> {
  const over = new AbortController();
  setMaxListeners(0, over.signal); // every request listens
  const client = new OpenAI({ baseURL, apiKey: "unused", maxRetries: 0, timeout: 300_000 });
  const messages = [{ role: "user", content: "Count from one to a hundred." }] as const;
  const one = async (): Promise<void> => {
    while (!over.signal.aborted)
      await client.chat.completions
        .create({ model, max_tokens: maxTokens, messages: [...messages] }, { signal: over.signal })
        .catch(() => new Promise((resolve) => setTimeout(resolve, 200)));
  };
  const all = Array.from({ length: clients }, one);
  return async () => {
    over.abort();
    await Promise.all(all);
  };
}
