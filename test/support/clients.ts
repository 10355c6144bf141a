import path from "node:path";

import execa from "execa";
import OpenAI from "openai";

import { build } from "../../tools/build/recipe";
import { openaiClient } from "../../tools/build/recipes";

/** One whose answer does not hang on a rounding: asked "What is …?", the 4-bit weights in bfloat16 begin with one of two words that are 0.13 nats apart. */
export const question = "Complete the sentence: The capital of France is";

/** What one official client got from an endpoint, at once and streamed. */
export interface Answers {
  readonly models: string[];
  readonly text: string;
  readonly streamed: string;
  readonly parts: number;
}

const body = (model: string) => ({ model, messages: [{ role: "user" as const, content: question }], max_tokens: 24, temperature: 0 });

/** Asks through the official client for TypeScript. */
export async function askTypeScript(baseURL: string, model: string): Promise<Answers> {
  const client = new OpenAI({ baseURL, apiKey: "unused", timeout: 300_000 });
  const models = (await client.models.list()).data.map(({ id }) => id);
  const answer = await client.chat.completions.create(body(model));
  const parts: string[] = [];
  for await (const { choices } of await client.chat.completions.create({ ...body(model), stream: true }))
    parts.push(choices[0]?.delta.content ?? "");
  return { models, text: answer.choices[0]!.message.content ?? "", streamed: parts.join(""), parts: parts.filter(Boolean).length };
}

const script = `
import json, sys
from openai import OpenAI
url, model, question = sys.argv[1:]
client = OpenAI(base_url=url, api_key="unused", timeout=300)
body = dict(model=model, messages=[dict(role="user", content=question)], max_tokens=24, temperature=0)
parts = [c.choices[0].delta.content or "" for c in client.chat.completions.create(**body, stream=True) if c.choices]
print(json.dumps(dict(models=[m.id for m in client.models.list().data], text=client.chat.completions.create(**body).choices[0].message.content,
                      streamed="".join(parts), parts=len([p for p in parts if p]))))
`;

/** The same through the official client for Python. */
export async function askPython(baseURL: string, model: string): Promise<Answers> {
  const [folder] = await build([openaiClient]);
  const { stdout } = await execa("python3", ["-c", script, baseURL, model, question], { env: { PYTHONPATH: path.join(folder!) } });
  return JSON.parse(stdout);
}
