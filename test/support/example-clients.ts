import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { build } from "../../tools/build/recipe";
import { expressPackages, openaiClient } from "../../tools/build/recipes";
import { repoRoot, workDir } from "../../tools/lib/paths";
import type { Ran } from "./docker";

/** Puts a command where the endpoint is reached; as it is by default. */
type Place = (command: readonly string[]) => [string, string[]];

/** Examples of clients in a folder of their own, with the packages that they name and an endpoint that they are to ask. */
export class ExampleClients {
  private constructor(
    readonly folder: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly place: Place,
  ) {}

  /** `ca` is the file of the certificate that clients trust, as each kind of client is told it. */
  static async open(
    endpoint: { readonly url: string; readonly key: string; readonly model: string; readonly ca?: string },
    place: Place = ([file, ...args]) => [file!, args],
  ): Promise<ExampleClients> {
    const [python, node] = (await build([openaiClient, expressPackages])) as [string, string];
    const folder = mkdtempSync(path.join(workDir, "clients-"));
    cpSync(path.join(repoRoot, "examples/clients"), folder, { recursive: true });
    for (const example of ["typescript", "express"])
      symlinkSync(path.join(node, "node_modules"), path.join(folder, example, "node_modules"));
    const { url, key, model, ca } = endpoint;
    const env = {
      ...{ PATH: process.env["PATH"]!, HOME: folder, PYTHONPATH: python, PYTHONDONTWRITEBYTECODE: "1" },
      ...{ OPENAI_BASE_URL: url, OPENAI_API_KEY: key, MODEL: model },
      ...(ca ? { SSL_CERT_FILE: ca, CURL_CA_BUNDLE: ca, NODE_EXTRA_CA_CERTS: ca } : {}),
    };
    return new ExampleClients(folder, env, place);
  }

  /** Runs a client; a variable that is given is another one than the endpoint's. */
  async run(client: keyof typeof commands, args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const { exitCode, stdout, stderr } = await execa(...this.place([...commands[client], ...args]), this.options(client, variables));
    return { code: exitCode, out: stdout, err: stderr };
  }

  /** Starts a service; returns what ends it. */
  start(service: "fastapi" | "express", port: number): () => Promise<void> {
    const child = execa(...this.place(services[service](port)), this.options(service, { PORT: String(port) }));
    return async () => {
      child.kill();
      await child;
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private options(folder: string, variables: Readonly<Record<string, string>>) {
    return { cwd: path.join(this.folder, folder), env: { ...this.env, ...variables }, extendEnv: false, reject: false } as const;
  }
}

const tsx = [process.execPath, "--import", "tsx"];
const commands = {
  curl: ["bash", "client.sh"],
  python: ["python3", "client.py"],
  typescript: [...tsx, "client.ts"],
  batch: ["python3", "batch.py"],
} as const;
const services = {
  fastapi: (port: number) => ["python3", "-m", "uvicorn", "main:app", "--port", String(port)],
  express: () => [...tsx, "server.ts"],
} as const;
