import { type IncomingMessage, request } from "node:http";
import { request as secureRequest } from "node:https";
import { Readable } from "node:stream";

/** Where a front door is reached, whatever its host's name leads to, and whose certificate is trusted. */
export interface Door {
  readonly address: string;
  readonly port?: number;
  readonly host: string;
  /** Certificate as PEM. @default those that the machine trusts */
  readonly ca?: string;
  /** Certificate and key that the client shows, as PEM. @default none */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** `fetch` that asks for a host at a given address: for official clients, before a name is in any DNS. */
export function fetchAt({ address, port = 443, host, ca, client }: Door): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = init.body as string | undefined;
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const headers = { ...Object.fromEntries(new Headers(init.headers)), ...length, host };
    const ask = url.protocol === "https:" ? secureRequest : request;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = ask(
        {
          host: address,
          port,
          servername: host,
          ca,
          ...client,
          path: `${url.pathname}${url.search}`,
          method: init.method ?? "GET",
          headers,
        },
        resolve,
      );
      asked.on("error", reject);
      init.signal?.addEventListener("abort", () => asked.destroy(new DOMException("aborted", "AbortError")), { once: true });
      asked.end(body);
    });
    const pairs = Object.entries(response.headersDistinct).flatMap(([name, values]) =>
      (values ?? []).map((value): [string, string] => [name, value]),
    );
    const bodyless = [101, 204, 205, 304].includes(response.statusCode!);
    const content = bodyless ? null : (Readable.toWeb(response) as ReadableStream<Uint8Array>);
    return new Response(content, { status: response.statusCode!, headers: pairs });
  };
}
