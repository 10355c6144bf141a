import type { SecretKey } from "./receivers";

/** Where logs and traces are kept. */
export type LogTarget =
  | {
      readonly kind: "otlp";
      /** Base URL of a store that takes OTLP over HTTP; `/v1/logs` and `/v1/traces` are added. */
      readonly endpoint: string;
      /** Headers by name, such as `authorization`; each from a Secret of the monitoring's namespace. @default none */
      readonly headers?: Readonly<Record<string, SecretKey>>;
    }
  | {
      readonly kind: "files";
      /** Volume of the files, in GiB; 1 to 4096. A larger one grows the volume where its storage class can; a smaller one is refused. @default 5 */
      readonly storageGib?: number;
      /** Days for which files are kept; 1 to 730. @default 7 */
      readonly keepDays?: number;
    };

/** Share of all traces that is kept. */
export interface Traces {
  /** Above 0, at most 1. @default {@link defaultTraceRatio} */
  readonly ratio?: number;
}

/** One request in a hundred: the default of Istio (istio.io, tasks/observability/distributed-tracing, 1.8), for a gateway of the same kind. */
export const defaultTraceRatio = 0.01;

/** OTLP's registered ports (opentelemetry.io, specs/otlp), and the collector's own defaults for health and metrics. */
export const collectorPorts = { grpc: 4317, otlp: 4318, health: 13133, metrics: 8888 } as const;
/** The port alone, so that the collector answers on every address of its pod. */
const everywhere = (port: number): string => `0.0.0.0:${port}`;

/** Folders of the two programs. */
export const logFolders = { pods: "/var/log/pods", state: "/state", kept: "/logs" } as const;

/** Files are cut at this size, in MiB; ours, small enough to be copied out. */
const fileMib = 64;
/** Share of the volume that files may fill: two files are open beside those that are counted, and a volume is never quite its size. */
const usableShare = 0.8;
export const defaultFiles = { storageGib: 5, keepDays: 7 } as const;

/** What reads the logs of pods on its node. */
export interface ReaderSettings {
  readonly environment: string;
  /** Namespaces whose pods are read. */
  readonly namespaces: readonly string[];
  /** Names of the models, which are found in the names of their pods. */
  readonly models: readonly string[];
  readonly engines: readonly string[];
  /** Base URL of the collector. */
  readonly collector: string;
  readonly memoryMib: number;
}

/**
 * Reads each line of each container once; after a restart it goes on where it was, and while the collector is away it waits: the node's log
 * files are the buffer. A pod that is replaced reads again what the node still has: a line may come twice, and none is lost.
 */
export function readerConfig({ environment, namespaces, models, engines, collector, memoryMib }: ReaderSettings): object {
  return {
    receivers: {
      file_log: {
        // The kubelet puts a full file aside as <n>.log.<time>, where its last lines may not have been read yet, and compresses it later.
        include: namespaces.flatMap((namespace) => ["log", "log.*-*"].map((end) => `${logFolders.pods}/${namespace}_*/*/*.${end}`)),
        exclude: namespaces.map((namespace) => `${logFolders.pods}/${namespace}_*/*/*.{gz,tmp}`),
        include_file_path: true,
        start_at: "beginning",
        storage: "file_storage",
        retry_on_failure: { enabled: true, max_elapsed_time: "0s" },
        resource: { "deployment.environment.name": environment },
        operators: operators(models, engines),
      },
    },
    processors: { memory_limiter: limiter(memoryMib) },
    // Its queue would forget what it holds.
    exporters: { otlp_http: { endpoint: collector, sending_queue: { enabled: false }, retry_on_failure: forever } },
    extensions: { ...health, file_storage: { directory: logFolders.state } },
    service: {
      extensions: ["health_check", "file_storage"],
      telemetry: telemetry("none"),
      pipelines: { logs: { receivers: ["file_log"], processors: ["memory_limiter"], exporters: ["otlp_http"] } },
    },
  };
}

/** From a line of the container runtime to a record: pod and namespace from the file's path, the model from the pod's name, fields from JSON. */
function operators(models: readonly string[], engines: readonly string[]): object[] {
  const json = 'body matches "^{"';
  const lenient = { on_error: "send_quiet" };
  return [
    { type: "container" },
    traceback,
    ...(models.length > 0
      ? [
          {
            type: "regex_parser",
            parse_from: 'resource["k8s.pod.name"]',
            parse_to: "resource",
            regex: `^(?P<model>${models.join("|")})-(?:${engines.join("|")})-`,
            ...lenient,
          },
        ]
      : []),
    { type: "json_parser", if: json, ...lenient },
    { type: "severity_parser", if: "attributes.level != nil", parse_from: "attributes.level", ...lenient },
    // Envoy Gateway's access log names the header.
    {
      type: "move",
      if: 'attributes["x-request-id"] != nil',
      from: 'attributes["x-request-id"]',
      to: "attributes.request_id",
      ...lenient,
    },
    { type: "move", if: "attributes.message != nil", from: "attributes.message", to: "body", ...lenient },
  ];
}

/**
 * A traceback of Python is one record: its first line, lines that are indented, and the name of the exception. Only these wait for each
 * other, for a second at most; every other line passes at once.
 */
const traceback = {
  type: "recombine",
  if: 'body matches "^(Traceback \\\\(most recent call last|\\\\s|([A-Za-z_]\\\\w*[.])*[A-Z]\\\\w*(Error|Exception|Interrupt|Exit)\\\\b)"',
  combine_field: "body",
  combine_with: "\n",
  is_first_entry: 'body startsWith "Traceback "',
  source_identifier: 'attributes["log.file.path"]',
  force_flush_period: "1s",
};

/** What takes logs and spans, and passes them on. */
export interface CollectorSettings {
  readonly target: LogTarget;
  /** Absent: spans are not taken. */
  readonly traces?: Traces;
  readonly memoryMib: number;
}

/** Takes OTLP and keeps it at the target. A trace is kept or dropped by its id alone, so that every program's spans of it share one fate. */
export function collectorConfig({ target, traces, memoryMib }: CollectorSettings): object {
  const pipeline = (kind: Kind, ...processors: string[]) => ({
    receivers: ["otlp"],
    processors: ["memory_limiter", ...processors],
    exporters: [exporterName(target, kind)],
  });
  const kinds: Kind[] = ["logs", ...(traces ? (["traces"] as const) : [])];
  return {
    receivers: {
      otlp: { protocols: { grpc: { endpoint: everywhere(collectorPorts.grpc) }, http: { endpoint: everywhere(collectorPorts.otlp) } } },
    },
    processors: {
      memory_limiter: limiter(memoryMib),
      ...(traces
        ? { probabilistic_sampler: { mode: "hash_seed", hash_seed: 1, sampling_percentage: percentage(traces), fail_closed: true } }
        : {}),
    },
    exporters: Object.fromEntries(kinds.map((kind) => [exporterName(target, kind), exporter(target, kind, kinds.length)])),
    extensions: health,
    service: {
      extensions: ["health_check"],
      telemetry: telemetry("normal"),
      pipelines: { logs: pipeline("logs"), ...(traces ? { traces: pipeline("traces", "probabilistic_sampler") } : {}) },
    },
  };
}

type Kind = "logs" | "traces";

/** Twelve digits are more than a ratio has, and none of the noise that a product of fractions has. */
const percentage = ({ ratio = defaultTraceRatio }: Traces): number => Number((ratio * 100).toPrecision(12));

const exporterName = ({ kind }: LogTarget, of: Kind): string => (kind === "files" ? `file/${of}` : "otlp_http");

function exporter(target: LogTarget, of: Kind, kinds: number): object {
  if (target.kind === "otlp") {
    const headers = Object.keys(target.headers ?? {}).map((name) => [name, `\${env:${headerVariable(name)}}`]);
    // A full queue makes the senders wait, instead of losing what they sent.
    const queue = {
      sizer: "items",
      queue_size: 20_000,
      block_on_overflow: true,
      batch: { flush_timeout: "1s", min_size: 1000, max_size: 5000 },
    };
    return { endpoint: target.endpoint, headers: Object.fromEntries(headers), retry_on_failure: forever, sending_queue: queue };
  }
  const { storageGib, keepDays } = { ...defaultFiles, ...target };
  const files = Math.floor((storageGib * 1024 * usableShare) / fileMib / kinds) - 1;
  const rotation = { max_megabytes: fileMib, max_days: keepDays, max_backups: files };
  return { path: `${logFolders.kept}/${of}.json`, flush_interval: "1s", rotation };
}

/** Variable of the collector that holds a header's value. */
export const headerVariable = (name: string): string => `HEADER_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;

const forever = { enabled: true, max_elapsed_time: "0s" };
const health = { health_check: { endpoint: everywhere(collectorPorts.health) } };

/** Refuses before the container's limit ends the program: from 60 %, and at 80 % it collects garbage until there is room; ours. */
const limiter = (memoryMib: number): object => ({
  check_interval: "1s",
  limit_mib: Math.floor(memoryMib * 0.8),
  spike_limit_mib: Math.floor(memoryMib * 0.2),
});

const telemetry = (level: "none" | "normal"): object => ({
  logs: { level: "warn", encoding: "json" },
  metrics:
    level === "none"
      ? { level }
      : { level, readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: collectorPorts.metrics } } } }] },
});
