import { createHash, createPrivateKey, randomUUID, sign } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";

import { build } from "../../tools/build/recipe";
import { debianDaemons } from "../../tools/build/recipes";
import { configFile, freePort, type Running, start } from "./watching";

const digestOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** A real registry (distribution, as Debian packages it), which anybody may enter, or those alone who bring a token of the server that it trusts. */
export class Registry {
  private constructor(
    readonly host: string,
    private readonly running: Running,
  ) {}

  /** Keeps its images in `folder`; `tokens` is who gives out what it asks for. @default everybody enters */
  static async start(folder: string, tokens?: TokenServer): Promise<Registry> {
    const [debian] = await build([debianDaemons]);
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const auth = tokens && {
      token: { realm: `${tokens.url}/token`, service: "registry", issuer: "us", rootcertbundle: tokens.certificate },
    };
    const config = { version: "0.1", storage: { filesystem: { rootdirectory: folder } }, http: { addr: host }, ...(auth ? { auth } : {}) };
    const own = mkdtempSync(path.join(folder, "run-"));
    const command = [path.join(debian!, "usr/bin/docker-registry"), "serve", configFile(own, "registry.json", config)];
    return new Registry(host, await start("registry", own, command, port, "/"));
  }

  /** Keeps an image for each of some platforms under a tag; returns the digest of their list. */
  async push(repository: string, tag: string, platforms: readonly string[], content = ""): Promise<string> {
    const config = await this.blob(repository, JSON.stringify({ content }));
    const manifests: object[] = [];
    for (const platform of platforms) {
      const [os, architecture] = platform.split("/");
      const type = "application/vnd.oci.image.manifest.v1+json";
      const text = JSON.stringify({ schemaVersion: 2, mediaType: type, config, layers: [], annotations: { platform } });
      const digest = await this.manifest(repository, digestOf(text), type, text);
      manifests.push({ mediaType: type, digest, size: text.length, platform: { os, architecture } });
    }
    const type = "application/vnd.oci.image.index.v1+json";
    return this.manifest(repository, tag, type, JSON.stringify({ schemaVersion: 2, mediaType: type, manifests }));
  }

  private async blob(repository: string, text: string): Promise<object> {
    const digest = digestOf(text);
    const begun = await fetch(`http://${this.host}/v2/${repository}/blobs/uploads/`, { method: "POST" });
    const place = begun.headers.get("location")!;
    await fetch(`${place}&digest=${digest}`, { method: "PUT", body: text, headers: { "content-type": "application/octet-stream" } });
    return { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: text.length };
  }

  private async manifest(repository: string, name: string, type: string, body: string): Promise<string> {
    const url = `http://${this.host}/v2/${repository}/manifests/${name}`;
    const put = await fetch(url, { method: "PUT", headers: { "content-type": type }, body });
    if (!put.ok) throw new Error(`${url}: ${put.status} ${await put.text()}`);
    return put.headers.get("docker-content-digest")!;
  }

  stop(): Promise<void> {
    return this.running.kill();
  }
}

/** Gives out tokens for pulling, as distribution's specification of them has it (spec/auth/token.md), to whoever brings one user's secret, or a token to be traded. */
export class TokenServer {
  /** What was asked, as `GET scope`. */
  readonly asked: string[] = [];
  private readonly folder = mkdtempSync(path.join(tmpdir(), "tokens-"));
  readonly certificate = path.join(this.folder, "tokens.crt");
  private readonly keyFile = path.join(this.folder, "tokens.key");
  private readonly server: Server;

  private constructor(private readonly secret: string) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(secret: string): Promise<TokenServer> {
    const tokens = new TokenServer(secret);
    const { keyFile, certificate } = tokens;
    const subject = ["-subj", "/CN=us", "-days", "1", "-keyout", keyFile, "-out", certificate];
    await execa("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject]);
    await new Promise<void>((resolve) => void tokens.server.listen(0, "127.0.0.1", resolve));
    return tokens;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
    rmSync(this.folder, { recursive: true });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += part;
    const asked = request.method === "POST" ? new URLSearchParams(body) : new URL(request.url!, this.url).searchParams;
    this.asked.push(`${request.method} ${asked.get("scope")} for ${asked.get("service")}`);
    const basic = `Basic ${Buffer.from(`us:${this.secret}`).toString("base64")}`;
    const known = request.headers.authorization === basic || asked.get("refresh_token") === this.secret;
    const token = this.token(asked.get("scope")!.split(":")[1]!);
    response.writeHead(known ? 200 : 401).end(JSON.stringify(request.method === "POST" ? { access_token: token } : { token }));
  }

  private token(repository: string): string {
    const chain = [readFileSync(this.certificate, "utf8").replace(/-----.*-----|\s/g, "")];
    const now = Math.floor(Date.now() / 1000);
    const access = [{ type: "repository", name: repository, actions: ["pull"] }];
    const claims = { iss: "us", sub: "us", aud: "registry", exp: now + 60, nbf: now - 60, iat: now, jti: randomUUID(), access };
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part({ typ: "JWT", alg: "RS256", x5c: chain })}.${part(claims)}`;
    return `${text}.${sign("sha256", Buffer.from(text), createPrivateKey(readFileSync(this.keyFile))).toString("base64url")}`;
  }
}
