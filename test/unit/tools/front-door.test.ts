import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

import OpenAI from "openai";
import { expect, it } from "vitest";

import type { Kubectl } from "../../../tools/lib/cluster";
import { fetchAt } from "../../../tools/lib/front-door";
import { renew, selfSigned } from "../../../tools/lib/self-signed";

const host = "models.example.test";

/** A cluster that keeps one Secret. */
function cluster() {
  const kept: { secret?: { data: Record<string, string>; type: string; metadata: object } } = {};
  const commands: string[] = [];
  const kubectl: Kubectl = async (args, input) => {
    commands.push(args.join(" "));
    if (args[0] === "get") return kept.secret?.data["tls.crt"] ?? "";
    kept.secret = JSON.parse(input!);
    return "";
  };
  return { kept, kubectl, commands };
}
const decoded = (text: string) => Buffer.from(text, "base64").toString();

it("a certificate is made once, for its host, and kept with its key in the cluster alone", async () => {
  const { kept, kubectl, commands } = cluster();
  const certificate = await selfSigned(kubectl, "door", "own", host);
  expect(kept.secret).toMatchObject({ type: "kubernetes.io/tls", metadata: { name: "own", namespace: "door" } });
  expect(decoded(kept.secret!.data["tls.key"]!)).toContain("PRIVATE KEY");
  expect(commands.join()).not.toContain(kept.secret!.data["tls.key"]!);
  const parsed = new X509Certificate(certificate);
  expect([parsed.checkHost(host), parsed.checkHost("other.test")]).toEqual([host, undefined]);
  expect(await selfSigned(kubectl, "door", "own", host)).toBe(certificate);
});

it("it is made anew for another host, and when it is asked for", async () => {
  const { kubectl } = cluster();
  const first = await selfSigned(kubectl, "door", "own", host);
  const second = await selfSigned(kubectl, "door", "own", "other.test");
  expect(new X509Certificate(second).checkHost("other.test")).toBe("other.test");
  expect(second).not.toBe(first);
  expect(await renew(kubectl, "door", "own", "other.test")).not.toBe(second);
});

it("the official client asks a host at an address, trusts its certificate alone, streams and leaves", async () => {
  const { kept, kubectl } = cluster();
  const ca = await selfSigned(kubectl, "door", "own", host);
  const seen: string[] = [];
  let left!: () => void;
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  const [cert, key] = [ca, decoded(kept.secret!.data["tls.key"]!)];
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      seen.push(`${request.headers.host} ${request.method} ${request.url} ${JSON.parse(Buffer.concat(chunks).toString()).model}`);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Paris" } }] })}\n\n`);
      response.on("close", left);
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const client = (trusted: string) =>
    new OpenAI({
      baseURL: `https://${host}/v1`,
      apiKey: "key",
      maxRetries: 0,
      fetch: fetchAt({ address: "127.0.0.1", port, host, ca: trusted }),
    });
  const body = { model: "chat", messages: [{ role: "user" as const, content: "?" }], stream: true as const };
  const answer = await client(ca).chat.completions.create(body);
  for await (const { choices } of answer) {
    expect(choices[0]!.delta.content).toBe("Paris");
    break;
  }
  answer.controller.abort();
  await gone;
  expect(seen).toEqual([`${host} POST /v1/chat/completions chat`]);
  const other = await selfSigned(cluster().kubectl, "door", "own", host);
  await expect(client(other).chat.completions.create(body)).rejects.toThrow(/Connection error/);
  server.close();
});
