import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceOutputsRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

/** Every registration since the last `reset()`, in order. */
export const registered: pulumi.runtime.MockResourceArgs[] = [];
/** The requests of the same registrations: they alone bear resource options and secretness. */
const requests: RegisterResourceRequest[] = [];
/** Outputs that components registered, by their names. */
const outputs = new Map<string, Record<string, unknown>>();
export const reset = (): void => {
  registered.splice(0);
  requests.splice(0);
  outputs.clear();
};

/** Mocks the engine; call once per file, because swapping the monitor strands registrations in flight. */
export async function mockPulumi(): Promise<void> {
  reset(); // files of tests may share this module
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registered.push(args);
        const { metadata, spec } = args.inputs;
        const state = { ...args.inputs, spec: { clusterIP: "10.0.0.7", ...spec } };
        return { id: `${args.name}-id`, state: metadata ? { ...state, metadata: { uid: `${args.name}-uid`, ...metadata } } : state };
      },
      call: ({ token }) => {
        throw new Error(`unmocked invoke: ${token}`);
      },
    },
    "slm",
    "test",
  );
  recordRequests();
}

/** The mocks are shown inputs only; the monitor is sent the options too, and the outputs of components. */
function recordRequests(): void {
  const monitor = pulumi.runtime.getMonitor()!;
  const original = monitor.registerResource as (request: RegisterResourceRequest, callback: never) => unknown;
  const recording: typeof original = (request, callback) => {
    requests.push(request);
    return original.call(monitor, request, callback);
  };
  const originalOutputs = monitor.registerResourceOutputs as (request: RegisterResourceOutputsRequest, callback: never) => unknown;
  const recordingOutputs: typeof originalOutputs = (request, callback) => {
    outputs.set(nameIn(request.getUrn()), request.getOutputs()!.toJavaScript());
    return originalOutputs.call(monitor, request, callback);
  };
  Object.assign(monitor, { registerResource: recording, registerResourceOutputs: recordingOutputs });
}

/** What the component `name` registered as its outputs, once all registrations are through; undefined: it registered none. */
export async function registeredOutputs(name: string): Promise<Record<string, unknown> | undefined> {
  await pulumi.runtime.disconnect();
  return outputs.get(name);
}

/** Settles an output. */
export const settled = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => void output.apply((value) => void resolve(value as T)));

/** The single registration of `type`; fails when there are none or several. */
export function only(type: string): pulumi.runtime.MockResourceArgs {
  const found = registered.filter((r) => r.type === type);
  if (found.length !== 1) throw new Error(`expected one ${type}, found ${found.length}`);
  return found[0]!;
}

/** Services and workloads that lack a label by which the policy pack has them found: it would add it at each update, and a plain preview show that. */
export const unlabelled = (): string[] =>
  registered
    .filter(({ type }) => /^kubernetes:(core\/v1:Service|apps\/v1:\w+|batch\/v1:\w+)$/.test(type))
    .filter(({ inputs }) => ["name", "instance"].some((key) => !inputs["metadata"]?.labels?.[`app.kubernetes.io/${key}`]))
    .map(({ name }) => name);

/** The options that the program gave the resource `name`, of `type` where several have the name; those left out are absent. */
export const optionsOf = (name: string, type?: string): RecordedOptions => recordedOptions(requestOf(name, type));

/** Names of all resources that come before `name`: those it depends on by an option or by an input. Sorted. */
export const dependenciesOf = (name: string, type?: string): string[] => recordedDependencies(requestOf(name, type));

/** Paths of the inputs that are secret, e.g. `data.token`. */
export const secretInputsOf = (name: string, type?: string): string[] => secretPaths(requestOf(name, type));

function requestOf(name: string, type?: string): RegisterResourceRequest {
  const found = requests.filter((request) => request.getName() === name && (type === undefined || request.getType() === type));
  if (found.length !== 1) throw new Error(`expected one ${type ?? "resource"} named ${name}, found ${found.length}`);
  return found[0]!;
}

/** Resource options as a registration bears them. An option that was not given, or has no effect, is absent. Resources are distinguished by name. */
export interface RecordedOptions {
  parent?: string;
  /** What the resource waits for beside the resources that its inputs come from. A component stands for its children. Sorted. */
  dependsOn?: string[];
  provider?: string;
  /** Providers by package, of a component. */
  providers?: Record<string, string>;
  protect?: true;
  retainOnDelete?: true;
  deleteBeforeReplace?: boolean;
  ignoreChanges?: string[];
  replaceOnChanges?: string[];
  additionalSecretOutputs?: string[];
  customTimeouts?: { create?: string; update?: string; delete?: string };
  /** An alias is a URN, or what it changes of the resource's own. Those that the Kubernetes SDK adds by itself are left out. */
  aliases?: (string | AliasSpec)[];
  deletedWith?: string;
  import?: string;
}

interface AliasSpec {
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  parent?: string;
  noParent?: true;
}

function recordedOptions(request: RegisterResourceRequest): RecordedOptions {
  return present({
    parent: nameIn(request.getParent()),
    dependsOn: recordedDependencies(request, propertyDependencies(request)),
    provider: providerIn(request.getProvider()),
    providers: Object.fromEntries(
      request
        .getProvidersMap()
        .toArray()
        .map(([key, reference]) => [key, providerIn(reference)]),
    ),
    protect: request.getProtect() || undefined,
    retainOnDelete: request.getRetainondelete() || undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: present(request.getCustomtimeouts()?.toObject() ?? {}),
    aliases: request.getAliasesList().map(aliasOf).filter(isOwn),
    deletedWith: nameIn(request.getDeletedwith()),
    import: request.getImportid(),
  }) as RecordedOptions;
}

/** Names of the resources that it depends on, but for those of the given URNs. */
const recordedDependencies = (request: RegisterResourceRequest, without: ReadonlySet<string> = new Set()): string[] =>
  request
    .getDependenciesList()
    .filter((urn) => !without.has(urn))
    .map(nameIn)
    .sort();

/** Dot-separated paths of the secrets among the inputs. */
const secretPaths = (request: RegisterResourceRequest): string[] => secretsIn(request.getObject()?.toJavaScript() ?? {}, []);

/** How the engine's protocol marks a secret value. */
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

function secretsIn(value: unknown, path: readonly string[]): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ((value as Record<string, unknown>)[signatureKey] === secretSignature) return [path.join(".")];
  return Object.entries(value).flatMap(([key, inner]) => secretsIn(inner, [...path, key]));
}

function propertyDependencies(request: RegisterResourceRequest): Set<string> {
  const urns = new Set<string>();
  request.getPropertydependenciesMap().forEach((dependencies) => {
    for (const urn of dependencies.getUrnsList()) urns.add(urn);
  });
  return urns;
}

const nameIn = (urn: string): string => urn.split("::").slice(3).join("::");
/** A reference to a provider is its URN and its id. */
const providerIn = (reference: string): string => reference.split("::").slice(3, -1).join("::");

function aliasOf(alias: ReturnType<RegisterResourceRequest["getAliasesList"]>[number]): string | AliasSpec {
  const spec = alias.getSpec();
  if (!spec) return alias.getUrn();
  const { parenturn = "", noparent, ...rest } = spec.toObject();
  return present({ ...rest, parent: nameIn(parenturn), noParent: noparent || undefined }) as AliasSpec;
}

/** The Kubernetes SDK adds aliases of its own, one for each older API version of a kind: not an option of the program. */
const isOwn = (alias: string | AliasSpec): boolean =>
  typeof alias === "string" || Object.keys(alias).join() !== "type" || !alias.type!.startsWith("kubernetes:");

/** Without what is absent or empty. */
const present = (options: object): object =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== "" && !(typeof value === "object" && isEmpty(value))),
  );
const isEmpty = (value: object): boolean => Object.keys(value).length === 0;
