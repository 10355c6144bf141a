import OpenAI from "openai";

import { Failure } from "./lib/fault";

/** What one streamed answer showed. */
export interface Answer {
  text: string;
  /** Time to the first token, in seconds. */
  ttftSeconds: number;
  /** Output tokens per second after the first. */
  tokensPerSecond: number;
  /** Until the last token, in seconds. */
  seconds: number;
  /** Output tokens, as the server counts them. */
  tokens: number;
}

/** How a front door is passed: with a key, and by an address that its host's name does not lead to yet. */
export interface Through {
  readonly apiKey?: string;
  readonly fetch?: typeof fetch;
}

/** How long an answer may be, and how often one that failed is asked for again. */
interface Asking {
  readonly maxTokens?: number;
  readonly maxRetries?: number;
}

/** Asks a model through the official client and streams its answer to `write`. Fails when nothing comes. */
export async function ask(
  baseURL: string,
  model: string,
  question: string,
  write: (text: string) => void,
  through: Through = {},
): Promise<Answer> {
  const answer = await answered(baseURL, model, () => stream(baseURL, model, question, write, through));
  if (answer.text.trim() && answer.tokens > 0) return answer;
  throw new Failure(`${model} at ${baseURL} gave no answer to "${question}"`);
}

/** What a request gives; the client's own error becomes a failure that names the model. */
async function answered<T>(baseURL: string, model: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!(error instanceof OpenAI.APIError)) throw error;
    throw new Failure(`${model} at ${baseURL} did not answer: ${error.message}`);
  }
}

/** What one vector showed. */
export interface Vector {
  readonly dimensions: number;
  /** Until it was here, in seconds. */
  readonly seconds: number;
}

/** Asks a model that embeds for the vector of a text. Fails when none comes. */
export async function embed(baseURL: string, model: string, input: string, { apiKey = "unused", fetch }: Through = {}): Promise<Vector> {
  const client = new OpenAI({ baseURL, apiKey, timeout: 120_000, ...(fetch ? { fetch } : {}) });
  const started = performance.now();
  const { data } = await answered(baseURL, model, () => client.embeddings.create({ model, input, encoding_format: "float" }));
  const dimensions = data[0]?.embedding.length ?? 0;
  if (dimensions > 0) return { dimensions, seconds: (performance.now() - started) / 1000 };
  throw new Failure(`${model} at ${baseURL} gave no vector of "${input}"`);
}

/** What a part of an answer says: some servers send what a model thinks before it answers under a name of its own. */
type Delta = { readonly content?: string | null; readonly reasoning_content?: string | null; readonly reasoning?: string | null };
const textOf = ({ content, reasoning_content, reasoning }: Delta): string => content || reasoning_content || reasoning || "";

/** The same, whatever comes; the client's own error where nothing does. */
export async function stream(
  baseURL: string,
  model: string,
  question: string,
  write: (text: string) => void,
  { apiKey = "unused", fetch }: Through,
  { maxTokens = 64, maxRetries = 2 }: Asking = {},
): Promise<Answer> {
  const client = new OpenAI({ baseURL, apiKey, maxRetries, timeout: 120_000, ...(fetch ? { fetch } : {}) });
  const started = performance.now();
  let first = 0;
  let text = "";
  let tokens = 0;
  const events = await client.chat.completions.create({
    model,
    messages: [{ role: "user", content: question }],
    max_tokens: maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  for await (const { choices, usage } of events) {
    const part = textOf(choices[0]?.delta ?? {});
    if (part && !first) first = performance.now();
    text += part;
    write(part);
    tokens = usage?.completion_tokens ?? tokens;
  }
  const ended = performance.now();
  const afterFirst = (ended - first) / 1000;
  return {
    ...{ text, tokens },
    ttftSeconds: (first - started) / 1000,
    seconds: (ended - started) / 1000,
    tokensPerSecond: afterFirst > 0 ? (tokens - 1) / afterFirst : 0,
  };
}
