import { readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";
import { stringify } from "yaml";

import { clientFolder, docker, inside } from "../../lab/docker/engine";
import { type DockerImage, provide } from "../../lab/docker/images";
import { dockerHost, files } from "../../lab/docker/layout";
import { fileOf } from "../../tools/lib/environment";
import { repoRoot } from "../../tools/lib/paths";
import { schemaLine } from "../../tools/settings/json-schema";

/** What a command of the project printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An answer of the gateway. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An environment on the Docker engine of the tests, by the project's own commands, run where the engine's ports are. */
export class OnDocker {
  constructor(
    readonly name: string,
    readonly port: number,
  ) {}

  /** Writes the environment's file. */
  async write(settings: object, images: readonly DockerImage[]): Promise<void> {
    const config = {
      target: "docker",
      images: path.relative(repoRoot, await provide(images)),
      docker: { port: this.port },
      gateway: { host: "localhost", tls: "selfSigned" },
      ...settings,
    };
    const named = Object.fromEntries(Object.entries(config).map(([key, value]) => [`slm:${key}`, value]));
    writeFileSync(path.join(repoRoot, fileOf(this.name)), `${schemaLine}\n${stringify({ config: named })}`);
  }

  remove(): void {
    rmSync(path.join(repoRoot, fileOf(this.name)), { force: true });
  }

  /** Runs a command as `make` does. */
  async run(tool: "main" | "keys" | "compare", command: string | undefined, variables: Record<string, string> = {}): Promise<Ran> {
    const line = [process.execPath, "--import", "tsx", `tools/${tool}.ts`, ...(command ? [command] : [])];
    const PATH = `${await clientFolder()}:${process.env["PATH"]}`;
    const env = { PATH, ...this.variables(), ...variables };
    const { exitCode, stdout, stderr } = await execa(...inside(line), { cwd: repoRoot, env, reject: false });
    return { code: exitCode, out: stdout, err: stderr };
  }

  /** Brings it up; one that does not come up is a failure of the test. */
  async up(): Promise<Ran> {
    const ran = await this.run("main", "up");
    if (ran.code !== 0) throw new Error(`up ended with ${ran.code}:\n${ran.out}\n${ran.err}`);
    return ran;
  }

  /** A new key of a consumer. */
  async key(consumer: string): Promise<string> {
    const { code, out, err } = await this.run("keys", undefined, { ROTATE: consumer });
    if (code !== 0) throw new Error(err);
    return out.trim();
  }

  /** Ids of its running containers, by what their names end with. */
  async running(): Promise<Record<string, string>> {
    const { stdout } = await docker([
      "ps",
      "--no-trunc",
      `--filter=label=slm-stack.environment=${this.name}`,
      "--format={{.Names}} {{.ID}}",
    ]);
    return Object.fromEntries(
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => line.slice(`slm-${this.name}-`.length).split(" ")),
    );
  }

  /** Asks the gateway as a client of this machine does. */
  async ask(url: string, { key, body }: { key?: string; body?: object } = {}): Promise<Answered> {
    const certificate = path.join(repoRoot, ".slm/docker", `${this.name}.pem`);
    const { stdout } = await execa(
      ...inside([
        ...["curl", "--silent", "--show-error", "--max-time", "120", "--include", "--http1.1", "--cacert", certificate],
        ...(key === undefined ? [] : ["--header", `Authorization: Bearer ${key}`]),
        ...(body === undefined ? [] : ["--header", "Content-Type: application/json", "--data", JSON.stringify(body)]),
        `https://localhost:${this.port}${url}`,
      ]),
    );
    const [head = "", ...rest] = stdout.split(/\r?\n\r?\n/);
    const [first = "", ...lines] = head.split(/\r?\n/);
    const headers = Object.fromEntries(lines.map((line) => line.split(/: (.*)/).slice(0, 2) as [string, string]));
    return { status: Number(first.split(" ")[1]), headers, body: rest.join("\n\n") };
  }

  chat(key?: string, more: object = {}): Promise<Answered> {
    const messages = [{ role: "user", content: "What is the capital of France?" }];
    const body = { model: "smollm2", messages, temperature: 0, max_tokens: 12, ...more };
    return this.ask("/v1/chat/completions", { body, ...(key === undefined ? {} : { key }) });
  }

  private variables(): Record<string, string> {
    return { ENV: this.name, DOCKER_HOST: dockerHost, PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "" };
  }
}

/** Kills the process of a container, as if it had failed: what an engine is asked to stop it does not start again. */
export async function killProcess(container: string): Promise<void> {
  const { stdout: pid } = await docker(["inspect", "--format={{.State.Pid}}", container]);
  await within("kill", "-KILL", pid);
}

/** Ends the Docker engine tidily; who keeps it starts it again. */
export async function restartEngine(): Promise<void> {
  await within("sh", "-c", "kill -TERM $(cat /run/docker.pid)");
}

const [near, far] = ["203.0.113.1", "203.0.113.7"];
/** What answers beyond the engine's machine. */
export const beyondAddress = `${far}:8099`;

/** Makes a machine beyond the engine's, which answers at {@link beyondAddress}: packets to it are sent on by the engine's. Returns what ends it. */
export async function beyond(): Promise<() => void> {
  const server = execa("unshare", ["--net", "python3", "-m", "http.server", "8099", "--directory", files.logs], { reject: false });
  const [pid, own] = [String(server.pid), readlinkSync("/proc/self/ns/net")];
  while (readlinkSync(`/proc/${pid}/ns/net`) === own) await sleep(50);
  const there = (...command: string[]) => execa("nsenter", [`--net=/proc/${pid}/ns/net`, "--", ...command]);
  await execa(...inside(["ip", "link", "add", "beyond", "type", "veth", "peer", "name", "eth0", "netns", pid]));
  await execa(...inside(["ip", "address", "add", `${near}/24`, "dev", "beyond"]));
  await execa(...inside(["ip", "link", "set", "beyond", "up"]));
  await there("ip", "address", "add", `${far}/24`, "dev", "eth0");
  await there("ip", "link", "set", "eth0", "up");
  return () => void server.kill();
}

/** Runs a command among the engine's own processes and mounts. */
const within = (...command: string[]) =>
  execa("nsenter", [`--target=${readFileSync(files.initPid, "utf8").trim()}`, "--pid", "--mount", "--", ...command]);
