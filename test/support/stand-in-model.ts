import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

interface Message {
  readonly role: string;
  readonly content?: string | null;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string }[];
}
interface Body {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream?: boolean;
  readonly tools?: readonly {
    readonly type: string;
    readonly function: { readonly name: string; readonly parameters: { readonly type: string } };
  }[];
}

/** What the stand-in does beside answering, by what the last message says. */
export interface Behaviour {
  /** Status, and headers, by which a request is refused; undefined: it is answered. */
  readonly refusal?: (content: string, times: number) => { readonly status: number; readonly headers?: Record<string, string> } | undefined;
}

/**
 * Stands in for a model that calls tools, fails, or never ends: no small model here does so when it is asked to. It is as strict as the API: a call is
 * to be answered under its id, after the message that made it. It says nothing of what a real model would call.
 */
export class StandInModel {
  /** Contents of what was asked, in order. */
  readonly asked: string[] = [];
  /** Streams whose client hung up. */
  hungUp = 0;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  constructor(private readonly behaviour: Behaviour = {}) {}

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => void this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Body;
    const send = (status: number, value: object, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
    if (request.headers.authorization !== "Bearer the-key") return void send(401, error("no such key"));
    const { content = "" } = body.messages.at(-1)!;
    this.asked.push(content!);
    const refusal = this.behaviour.refusal?.(content!, this.asked.filter((each) => each === content).length);
    if (refusal) return void send(refusal.status, error("refused"), refusal.headers);
    if (body.stream) return this.streamFor(response);
    const message = body.tools ? called(body) : { role: "assistant", content: `answer to ${content}` };
    if (!message) return void send(400, error("tools: a function with an object, and each call answered under its id"));
    send(200, {
      id: "1",
      object: "chat.completion",
      created: 0,
      model: body.model,
      choices: [{ index: 0, finish_reason: "stop", message }],
    });
  }

  /** A stream that only ends when its client hangs up. */
  private streamFor(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const word = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "word " } }] })}\n\n`;
    const writing = setInterval(() => response.write(word), 20);
    response.on("close", () => {
      clearInterval(writing);
      this.hungUp++;
    });
  }
}

const error = (message: string) => ({ error: { message, type: "invalid_request_error", code: null } });

/** Calls the tool first, and answers with its result when that is there; undefined: the request is none of the API's. */
function called({ messages, tools }: Body): object | undefined {
  const [tool] = tools!;
  if (tool?.type !== "function" || tool.function.parameters.type !== "object") return undefined;
  if (messages.length === 1) {
    const call = { id: "call_7", type: "function", function: { name: tool.function.name, arguments: '{"a": 17, "b": 25}' } };
    return { role: "assistant", content: null, tool_calls: [call] };
  }
  const [, said, result] = messages;
  if (messages.length !== 3 || said?.tool_calls?.[0]?.id !== "call_7" || result?.role !== "tool" || result.tool_call_id !== "call_7")
    return undefined;
  return { role: "assistant", content: `It is ${result.content}.` };
}
