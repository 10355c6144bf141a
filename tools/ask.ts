import OpenAI from "openai";

import { Failure } from "./lib/fault";

/** What one streamed answer showed. */
export interface Answer {
  text: string;
  /** Time to the first token, in seconds. */
  ttftSeconds: number;
  /** Output tokens per second after the first. */
  tokensPerSecond: number;
}

/** How a front door is passed: with a key, and by an address that its host's name does not lead to yet. */
export interface Through {
  readonly apiKey?: string;
  readonly fetch?: typeof fetch;
}

/** Asks a model through the official client and streams its answer to `write`. Fails when nothing comes. */
export async function ask(
  baseURL: string,
  model: string,
  question: string,
  write: (text: string) => void,
  through: Through = {},
): Promise<Answer> {
  try {
    return await stream(baseURL, model, question, write, through);
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    throw new Failure(`${model} at ${baseURL} did not answer: ${error.message}`);
  }
}

async function stream(
  baseURL: string,
  model: string,
  question: string,
  write: (text: string) => void,
  { apiKey = "unused", fetch }: Through,
): Promise<Answer> {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 2, timeout: 120_000, ...(fetch ? { fetch } : {}) });
  const started = performance.now();
  let first = 0;
  let text = "";
  let tokens = 0;
  const events = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: question }],
    max_tokens: 64,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const { choices, usage } of events) {
    const part = choices[0]?.delta.content ?? "";
    if (part && !first) first = performance.now();
    text += part;
    write(part);
    tokens = usage?.completion_tokens ?? tokens;
  }
  if (!text.trim() || tokens === 0) throw new Failure(`${model} at ${baseURL} gave no answer to "${question}"`);
  const seconds = (performance.now() - first) / 1000;
  return { text, ttftSeconds: (first - started) / 1000, tokensPerSecond: seconds > 0 ? (tokens - 1) / seconds : 0 };
}
