import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import path from "node:path";
import { TLSSocket } from "node:tls";

import execa from "execa";

/** A message, as a mail server gets it. */
interface Mail {
  /** Name and password by which the sender was let in, and whether that was encrypted. */
  login: string;
  encrypted: boolean;
  from: string;
  to: string;
  text: string;
}

/** A mail server that keeps what it is given. Its certificate, which senders must trust, is `certificate`. */
export async function listenForMail(folder: string): Promise<{ port: number; certificate: string; got: Mail[]; server: Server }> {
  const [key, certificate] = ["mail.key", "mail.crt"].map((name) => path.join(folder, name)) as [string, string];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate, "-days", "1"];
  await execa("openssl", ["req", "-x509", ...made, ...subject]);
  const tls = { isServer: true, key: readFileSync(key), cert: readFileSync(certificate) };
  const got: Mail[] = [];
  const server = createServer((socket) => void new Session(socket, tls, got)).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, certificate, got, server };
}

/** SMTP (RFC 5321) with STARTTLS (RFC 3207) and AUTH PLAIN (RFC 4954), as far as a sender needs them. */
class Session {
  private mail: Mail = { login: "", encrypted: false, from: "", to: "", text: "" };
  private body: string[] | undefined;
  private rest = "";

  constructor(
    private socket: Socket,
    private readonly tls: object,
    private readonly got: Mail[],
  ) {
    this.listen();
    this.say("220 localhost");
  }

  private listen(): void {
    this.socket
      .on("error", () => this.socket.destroy())
      .on("data", (data) => {
        const lines = (this.rest + data.toString()).split("\r\n");
        this.rest = lines.pop()!;
        for (const line of lines) this.take(line);
      });
  }

  private say(text: string): void {
    this.socket.write(`${text}\r\n`);
  }

  private take(line: string): void {
    if (!this.body) this.command(line);
    else if (line !== ".") this.body.push(line);
    else {
      this.got.push({ ...this.mail, text: this.body.join("\n") });
      this.body = undefined;
      this.say("250 kept");
    }
  }

  private command(line: string): void {
    const [, name, rest] = /^(STARTTLS|AUTH PLAIN|MAIL FROM:|RCPT TO:|DATA|QUIT|EHLO)?\s*(.*)$/i.exec(line)!;
    const known = name?.toUpperCase();
    if (known === "AUTH PLAIN") this.mail.login = Buffer.from(rest!, "base64").toString().split("\0").slice(1).join(":");
    if (known === "MAIL FROM:") this.mail.from = rest!;
    if (known === "RCPT TO:") this.mail.to = rest!;
    if (known === "DATA") this.body = [];
    if (known === "EHLO") this.say("250-localhost");
    const offered = this.mail.encrypted ? "250 AUTH PLAIN" : "250 STARTTLS";
    const answers: Record<string, string> = { EHLO: offered, STARTTLS: "220 go on", "AUTH PLAIN": "235 welcome", DATA: "354 go on" };
    this.say(answers[known ?? ""] ?? "250 ok");
    if (known === "STARTTLS") this.encrypt();
  }

  private encrypt(): void {
    this.socket.removeAllListeners("data");
    this.mail = { ...this.mail, encrypted: true };
    this.socket = new TLSSocket(this.socket, this.tls);
    this.listen();
  }
}
