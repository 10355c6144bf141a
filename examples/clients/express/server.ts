// A service that has a model summarise texts: POST /summaries {"text": …}, and with ?stream=1 as plain text while it is written. The key stays here:
// who asks this service needs none. OPENAI_BASE_URL, OPENAI_API_KEY and MODEL as for the client; PORT, 8001 if it is not set, at this machine alone.
import express, { type Response } from "express";
import OpenAI from "openai";

const { MODEL: model = "", PORT: port = "8001" } = process.env;
if (!model) throw new Error("MODEL is not set");
const client = new OpenAI({ timeout: 60_000, maxRetries: 2 });
const longestText = 4000;

const request = (text: string) => ({
  ...{ model, max_tokens: 64, temperature: 0 },
  messages: [{ role: "user" as const, content: `Summarise in one sentence:\n\n${text}` }],
});

/** Whoever asks learns whether to come back, and nothing of what is behind this service. */
function refuse(response: Response, error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
  if (response.headersSent) return void response.destroy();
  if (error instanceof OpenAI.APIError && error.status === 429) {
    response.status(503).set("Retry-After", error.headers?.get("retry-after") ?? "10");
    return void response.json({ error: "too many requests at the moment" });
  }
  response.status(502).json({ error: "the model did not answer" });
}

const app = express();
app.use(express.json({ limit: "64kb" }));
app.get("/healthz", (_, response) => void response.json({ ok: true }));

app.post("/summaries", async (asked, response) => {
  const text: unknown = asked.body?.text;
  if (typeof text !== "string" || text.length === 0 || text.length > longestText)
    return void response.status(422).json({ error: `text: must be 1 to ${longestText} characters` });
  // Who hangs up is not waited for: the model stops.
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    if (!asked.query["stream"]) {
      const { choices } = await client.chat.completions.create(request(text), { signal: gone.signal });
      return void response.json({ summary: choices[0]?.message.content });
    }
    const events = await client.chat.completions.create({ ...request(text), stream: true }, { signal: gone.signal });
    response.type("text/plain");
    for await (const { choices } of events) response.write(choices[0]?.delta.content ?? "");
    response.end();
  } catch (error) {
    refuse(response, error);
  }
});

app.listen(Number(port), "127.0.0.1", () => console.log(`listening at http://127.0.0.1:${port}`));
