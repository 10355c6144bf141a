import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import * as grpc from "@grpc/grpc-js";
import * as definitions from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";

import { options } from "./options";

/**
 * A stand-in before the built Kubernetes plugin: it hands every call on, and refuses one, to create an object that exists. So does the plugin
 * from 4.29 on (pulumi/pulumi-kubernetes#4278), while the build of January 2026 takes the object over. What it does not show: from 4.29 on
 * objects are created by POST rather than by server-side apply.
 */
const { refuses, holds } = options();

type Method = grpc.MethodDefinition<unknown, unknown>;
type Bytes = grpc.MethodDefinition<Buffer, Buffer>;
type Handler = grpc.handleUnaryCall<Buffer, Buffer>;

const service = (definitions as unknown as { ResourceProviderService: Record<string, Method> }).ResourceProviderService;
const anySize = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
const same = (bytes: Buffer): Buffer => bytes;

/** A method whose messages stay the bytes that they are. */
const raw = ({ path: name }: Method): Bytes => ({
  ...{ path: name, requestStream: false, responseStream: false },
  ...{ requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
});

function handOn(plugin: grpc.Client, name: string): Handler {
  return (call, callback) => {
    const handed = plugin.makeUnaryRequest(service[name]!.path, same, same, call.request, call.metadata, (error, answer) =>
      callback(error, answer),
    );
    call.on("cancelled", () => handed.cancel());
  };
}

/** The object that a request would create, as the plugin names it: namespace/name, or name. */
function idOf(request: messages.CreateRequest): string {
  const { metadata } = request.getProperties()!.toJavaScript() as { metadata: { name: string; namespace?: string } };
  return metadata.namespace ? `${metadata.namespace}/${metadata.name}` : metadata.name;
}

/** Whether the plugin finds the object that a request would create. */
function exists(plugin: grpc.Client, request: messages.CreateRequest): Promise<boolean> {
  const read = Buffer.from(new messages.ReadRequest().setUrn(request.getUrn()).setId(idOf(request)).serializeBinary());
  return new Promise((resolve, reject) =>
    plugin.makeUnaryRequest(service["read"]!.path, same, messages.ReadResponse.deserializeBinary, read, (error, answer) =>
      error ? reject(error) : resolve(answer!.getId() !== ""),
    ),
  );
}

const refusal = (request: messages.CreateRequest) => ({
  code: grpc.status.UNKNOWN,
  details: `resource "${request.getUrn()}" was not successfully created by the Kubernetes API server: "${idOf(request)}" already exists`,
});

/** Creates; the answer for the first object is kept as soon as it exists. */
function create(plugin: grpc.Client): Handler {
  const handed = handOn(plugin, "create");
  return async (call, callback) => {
    const request = messages.CreateRequest.deserializeBinary(call.request);
    if (request.getPreview()) return handed(call, callback);
    try {
      if (refuses && (await exists(plugin, request))) return callback(refusal(request));
      handed(call, holds ? () => undefined : callback);
      while (holds && !(await exists(plugin, request)));
      if (holds && !existsSync(holds)) writeFileSync(holds, request.getUrn());
    } catch (error) {
      callback(error as grpc.ServiceError);
    }
  };
}

function serve(port: string): void {
  const plugin = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), anySize);
  const server = new grpc.Server(anySize);
  const unary = Object.keys(service).filter((name) => !service[name]!.requestStream && !service[name]!.responseStream);
  const methods = Object.fromEntries(unary.map((name) => [name, raw(service[name]!)]));
  const handlers = Object.fromEntries(unary.map((name) => [name, handOn(plugin, name)]));
  server.addService(methods, { ...handlers, create: create(plugin) });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, own) => {
    if (error) throw error;
    process.stdout.write(`${own}\n`); // the engine reads the port from the first line
  });
}

/** The Kubernetes plugin behind this one on PATH. */
function nextPlugin(): string {
  const folders = process.env["PATH"]!.split(path.delimiter).filter((folder) => folder !== __dirname);
  const found = folders.map((folder) => path.join(folder, "pulumi-resource-kubernetes")).find((file) => existsSync(file));
  if (!found) throw new Error(`pulumi-resource-kubernetes is not on PATH behind ${__dirname}`);
  return found;
}

const child = spawn(nextPlugin(), process.argv.slice(2), { stdio: ["ignore", "pipe", "inherit"] });
createInterface({ input: child.stdout }).once("line", serve);
child.once("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
