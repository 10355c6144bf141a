import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Contents of files by path. */
type Files = Readonly<Record<string, string | Buffer>>;

/**
 * Stand-in for Hugging Face's hub, on loopback or a network of the tests: the listing, the model's information and the files of one repository, as their public API
 * describes them. It proves that our requests are the official client's and that answers become a lock; not that the real hub answers so.
 */
export class HuggingFaceStandIn {
  /** The commit that every branch stands for. */
  sha = "0123456789abcdef0123456789abcdef01234567";
  readonly asked: string[] = [];
  /** Files of each commit that was asked for while it was the newest: the hub keeps them. */
  private readonly commits = new Map<string, Files>();
  /** What the contents of large files wait for. */
  gate: Promise<void> = Promise.resolve();
  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  /** Weights are large files, with their sha256 in the listing. With a `token`, only who has it is answered. `files` may be changed: with another `sha`, that is a new commit. */
  static async start(
    repository: string,
    files: Files,
    { token, host = "127.0.0.1" }: { token?: string; host?: string } = {},
  ): Promise<HuggingFaceStandIn> {
    const self: { it?: HuggingFaceStandIn } = {};
    const server = createServer((request, response) => {
      const url = decodeURIComponent(request.url ?? "").split("?")[0]!;
      self.it?.asked.push(url);
      const json = (body: unknown, status = 200) => {
        response.writeHead(status, { "content-type": "application/json" });
        response.end(JSON.stringify(body));
      };
      if (token && request.headers.authorization !== `Bearer ${token}`) return json({ error: "Access to this model is restricted" }, 401);
      const [, revision = "main"] = /^(?:\/api\/models)?\/[^/]+\/[^/]+\/(?:tree|revision|resolve)\/([^/]+)/.exec(url) ?? [];
      const [sha, then] = self.it!.commit(revision, files);
      if (!then) return json({ error: `Invalid rev id: ${revision}` }, 404);
      if (url.startsWith(`/api/models/${repository}/tree/`)) return json(Object.entries(then).map(([path, text]) => entry(path, text)));
      if (url === `/api/models/${repository}` || url.startsWith(`/api/models/${repository}/revision/`))
        return json(information(repository, sha, then));
      const [, path] = new RegExp(`^/${repository}/resolve/[^/]+/(.*)$`).exec(url) ?? [];
      const text = path === undefined ? undefined : then[path];
      if (text === undefined) return json({ error: `no ${url}` }, 404);
      const size = Buffer.byteLength(text);
      const headers = { etag: `"${sha256(text)}"`, "x-repo-commit": sha, "accept-ranges": "bytes" };
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
      const end = to ? Math.min(Number(to), size - 1) : size - 1;
      const part = from === undefined ? Buffer.from(text) : Buffer.from(text).subarray(Number(from), end + 1);
      response.writeHead(from === undefined ? 200 : 206, {
        ...headers,
        "content-length": part.length,
        ...(from === undefined ? {} : { "content-range": `bytes ${from}-${end}/${size}` }),
      });
      const large = part.length > 2 ** 20 && request.method !== "HEAD";
      void (large ? self.it!.gate : Promise.resolve()).then(() => response.end(request.method === "HEAD" ? undefined : part));
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    self.it = new HuggingFaceStandIn(server, `http://${host}:${(server.address() as AddressInfo).port}`);
    return self.it;
  }

  /** A commit by its hash, or the newest by any other name; without files where there never was one. */
  private commit(revision: string, files: Files): [sha: string, Files | undefined] {
    this.commits.set(this.sha, { ...files });
    const sha = /^[0-9a-f]{40}$/.test(revision) ? revision : this.sha;
    return [sha, this.commits.get(sha)];
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

export const sha256 = (text: string | Buffer): string => createHash("sha256").update(text).digest("hex");

function entry(path: string, text: string | Buffer): object {
  const size = Buffer.byteLength(text);
  const large = /\.(safetensors|onnx|data)$/.test(path) ? { lfs: { oid: sha256(text), size, pointerSize: 130 } } : {};
  return { type: "file", path, size, oid: "a".repeat(40), ...large };
}

const information = (id: string, sha: string, files: Files): object => ({
  ...{ _id: "1", id, sha, private: false, gated: false, downloads: 0, likes: 0, lastModified: "2026-01-01T00:00:00.000Z" },
  siblings: Object.entries(files).map(([rfilename, text]) => ({ rfilename, size: Buffer.byteLength(text) })),
});
