import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

import * as grpc from "@grpc/grpc-js";
import * as grpcDefinitions from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";

/**
 * A Node language host: what the official CLI carries as `pulumi-language-nodejs`, and a CLI built from its Go module lacks.
 * It starts the runners of the npm package `@pulumi/pulumi`; programs and policy packs behave as they do under the official host.
 */

/** The exit code by which the SDK's runners say that they have already reported what is wrong. */
const alreadyReported = 32;

const children = new Set<ChildProcess>();

function track(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** The SDK's runner, resolved from the program's own folder so that its version of the SDK runs. */
const runner = (from: string, name: string): string => createRequire(path.join(from, "package.json")).resolve(`@pulumi/pulumi/cmd/${name}`);

const typescriptEnv = { PULUMI_NODEJS_TYPESCRIPT: "true" };

function runProgram(request: messages.RunRequest, engine: string, done: (response: messages.RunResponse) => void): void {
  const info = request.getInfo();
  const flags: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
    "root-directory": info?.getRootDirectory() ?? request.getPwd(),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => (value === "" ? [] : [`--${name}`, value]));
  if (request.getDryrun()) args.push("--dry-run");
  const config = Object.fromEntries(request.getConfigMap().toObject(false));
  const entry = info?.getEntryPoint() ?? ".";
  const folder = path.resolve(info?.getProgramDirectory() ?? request.getPwd(), path.dirname(entry));
  const child = track(
    spawn(process.execPath, [runner(folder, "run"), ...args, entry, ...request.getArgsList()], {
      cwd: request.getPwd(),
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        ...typescriptEnv,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    }),
  );
  child.once("close", (code, signal) => {
    const response = new messages.RunResponse();
    if (code === alreadyReported) response.setBail(true);
    else if (code !== 0) response.setError(`the program ended with ${signal ?? `code ${code}`}`);
    done(response);
  });
}

function runPlugin(call: grpc.ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>): void {
  const folder = call.request.getInfo()?.getProgramDirectory() ?? call.request.getPwd();
  const environment = Object.fromEntries(call.request.getEnvList().map((line) => line.split(/=(.*)/s, 2) as [string, string]));
  const isPolicyPack = call.request.getKind() === "analyzer";
  const args = isPolicyPack
    ? [runner(folder, "run-policy-pack"), ...call.request.getArgsList(), folder]
    : [runner(folder, "run-plugin"), folder, ...call.request.getArgsList()];
  const child = track(
    spawn(process.execPath, args, {
      cwd: isPolicyPack ? folder : call.request.getPwd(),
      env: { ...process.env, ...environment, ...typescriptEnv },
    }),
  );
  const send = (fill: (response: messages.RunPluginResponse) => void): void => {
    const response = new messages.RunPluginResponse();
    fill(response);
    call.write(response);
  };
  child.stdout?.on("data", (data: Buffer) => send((response) => response.setStdout(data)));
  child.stderr?.on("data", (data: Buffer) => send((response) => response.setStderr(data)));
  child.once("close", (code) => {
    send((response) => response.setExitcode(code ?? 1));
    call.end();
  });
  call.on("cancelled", () => child.kill());
}

function unary<Request, Response>(answer: (request: Request) => Response): grpc.handleUnaryCall<Request, Response> {
  return ({ request }, callback) => callback(null, answer(request));
}

function main(): void {
  let engine = process.argv.at(-1) ?? "";
  const server = new grpc.Server();
  const service = (grpcDefinitions as unknown as { LanguageRuntimeService: grpc.ServiceDefinition }).LanguageRuntimeService;
  server.addService(service, {
    handshake: unary((request: messages.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      return new messages.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new plugin.PluginInfo().setVersion("1.0.0")),
    // Plugins are found on PATH or in the plugin cache: nothing is asked for, so nothing is downloaded.
    getRequiredPackages: unary(() => new messages.GetRequiredPackagesResponse()),
    run: (
      { request }: grpc.ServerUnaryCall<messages.RunRequest, messages.RunResponse>,
      callback: grpc.sendUnaryData<messages.RunResponse>,
    ) => runProgram(request, engine, (response) => callback(null, response)),
    // A plugin's dependencies lie beside those of the program that names it: nothing is downloaded.
    installDependencies: (call: grpc.ServerWritableStream<messages.InstallDependenciesRequest, messages.InstallDependenciesResponse>) =>
      call.end(),
    runPlugin,
    about: unary(() => new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`); // the engine reads the port from the first line
  });
  const end = (signal: NodeJS.Signals): never => {
    for (const child of children) child.kill(signal);
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
  const started = process.ppid;
  setInterval(() => process.ppid !== started && end("SIGTERM"), 1000); // an engine that is killed tells nobody
}

main();
