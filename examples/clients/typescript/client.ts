// Asks a model with the official client: chat, stream, embeddings or tools. OPENAI_BASE_URL and OPENAI_API_KEY say where, MODEL which;
// NODE_EXTRA_CA_CERTS names the certificate of a gateway that made its own.
import OpenAI from "openai";

const client = new OpenAI({ timeout: 300_000 });
const { MODEL: model = "" } = process.env;

type Message = OpenAI.ChatCompletionMessageParam;
const asked = (text: string): Message[] => [{ role: "user", content: text }];
const bounds = { model, max_tokens: 64, temperature: 0 };

const multiply: OpenAI.ChatCompletionTool = {
  type: "function",
  function: {
    name: "multiply",
    description: "The product of two integers.",
    parameters: { type: "object", properties: { a: { type: "integer" }, b: { type: "integer" } }, required: ["a", "b"] },
  },
};

const commands: Record<string, (text: string) => Promise<void>> = {
  async chat(text) {
    const answer = await client.chat.completions.create({ ...bounds, messages: asked(text) });
    console.log(answer.choices[0]?.message.content);
  },

  async stream(text) {
    const events = await client.chat.completions.create({ ...bounds, messages: asked(text), stream: true });
    for await (const { choices } of events) process.stdout.write(choices[0]?.delta.content ?? "");
    console.log();
  },

  async embeddings(text) {
    const { data } = await client.embeddings.create({ model, input: text });
    console.log(data[0]?.embedding.length);
  },

  /** Runs what the model calls, and asks again with the results until it calls nothing more, five times at most. */
  async tools(text) {
    const messages = asked(text);
    for (let turn = 0; turn < 5; turn++) {
      const answer = await client.chat.completions.create({ ...bounds, messages, tools: [multiply] });
      const said = answer.choices[0]!.message;
      if (!said.tool_calls?.length) return console.log(said.content);
      messages.push(said);
      for (const call of said.tool_calls) {
        if (call.type !== "function") continue;
        const { a, b } = JSON.parse(call.function.arguments) as { a: number; b: number };
        messages.push({ role: "tool", tool_call_id: call.id, content: String(a * b) });
      }
    }
    throw new Error("the model went on calling tools");
  },
};

async function main(): Promise<void> {
  const [name = "", text] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command || !text || !model) throw new Error("usage: MODEL=… client.ts chat|stream|embeddings|tools TEXT");
  await command(text);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
