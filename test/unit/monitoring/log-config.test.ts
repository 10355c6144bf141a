import { describe, expect, it } from "vitest";

import { collectorConfig, headerVariable, readerConfig } from "../../../lib/monitoring/log-config";

const forever = { enabled: true, max_elapsed_time: "0s" };
const health = { endpoint: "0.0.0.0:13133" };
const warnings = { level: "warn", encoding: "json" };
const pipeline = (exporter: string, ...more: string[]) => ({
  receivers: ["otlp"],
  processors: ["memory_limiter", ...more],
  exporters: [exporter],
});
const receivers = { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: { endpoint: "0.0.0.0:4318" } } } };
const limiter = { check_interval: "1s", limit_mib: 204, spike_limit_mib: 51 };
const telemetry = {
  logs: warnings,
  metrics: { level: "normal", readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: 8888 } } } }] },
};

describe("the collector", () => {
  it("keeps logs in files, as long as the volume and the days allow by default, and takes no spans", () => {
    expect(collectorConfig({ target: { kind: "files" }, memoryMib: 256 })).toEqual({
      receivers,
      processors: { memory_limiter: limiter },
      exporters: {
        "file/logs": { path: "/logs/logs.json", flush_interval: "1s", rotation: { max_megabytes: 64, max_days: 7, max_backups: 63 } },
      },
      extensions: { health_check: health },
      service: { extensions: ["health_check"], telemetry, pipelines: { logs: pipeline("file/logs") } },
    });
  });

  it("shares the volume among logs and spans, and keeps one trace in a hundred", () => {
    const rotation = { max_megabytes: 64, max_days: 3, max_backups: 63 };
    expect(collectorConfig({ target: { kind: "files", storageGib: 10, keepDays: 3 }, traces: {}, memoryMib: 256 })).toEqual({
      receivers,
      processors: {
        memory_limiter: limiter,
        probabilistic_sampler: { mode: "hash_seed", hash_seed: 1, sampling_percentage: 1, fail_closed: true },
      },
      exporters: {
        "file/logs": { path: "/logs/logs.json", flush_interval: "1s", rotation },
        "file/traces": { path: "/logs/traces.json", flush_interval: "1s", rotation },
      },
      extensions: { health_check: health },
      service: {
        extensions: ["health_check"],
        telemetry,
        pipelines: { logs: pipeline("file/logs"), traces: pipeline("file/traces", "probabilistic_sampler") },
      },
    });
  });

  it("sends logs and spans on, with headers from the environment, and makes senders wait rather than lose", () => {
    const headers = { authorization: { secret: "logs", key: "a" }, "X-Scope-OrgID": { secret: "logs", key: "b" } };
    const config = collectorConfig({
      target: { kind: "otlp", endpoint: "https://logs.example", headers },
      traces: { ratio: 0.29 },
      memoryMib: 1000,
    });
    expect(config).toMatchObject({
      processors: { memory_limiter: { limit_mib: 800, spike_limit_mib: 200 }, probabilistic_sampler: { sampling_percentage: 29 } },
      service: { pipelines: { logs: pipeline("otlp_http"), traces: pipeline("otlp_http", "probabilistic_sampler") } },
    });
    expect((config as { exporters: object }).exporters).toEqual({
      otlp_http: {
        endpoint: "https://logs.example",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the collector replaces it
        headers: { authorization: "${env:HEADER_AUTHORIZATION}", "X-Scope-OrgID": "${env:HEADER_X_SCOPE_ORGID}" },
        retry_on_failure: forever,
        sending_queue: {
          sizer: "items",
          queue_size: 20_000,
          block_on_overflow: true,
          batch: { flush_timeout: "1s", min_size: 1000, max_size: 5000 },
        },
      },
    });
    expect(headerVariable("x-a.b")).toBe("HEADER_X_A_B");
  });

  it("sends no headers where none are named", () => {
    expect(collectorConfig({ target: { kind: "otlp", endpoint: "http://logs.example" }, memoryMib: 256 })).toMatchObject({
      exporters: { otlp_http: { headers: {} } },
    });
  });

  it("never fills more than 80 % of its volume, nor much less", () => {
    for (const [storageGib, traces] of [
      [1, undefined],
      [10, undefined],
      [10, {}],
      [4096, {}],
    ] as const) {
      const config = collectorConfig({ target: { kind: "files", storageGib }, ...(traces ? { traces } : {}), memoryMib: 256 });
      const exporters = Object.values((config as { exporters: Record<string, { rotation: Record<string, number> }> }).exporters);
      // The file that is written to comes on top of those that are kept.
      const mib = exporters.reduce((sum, { rotation }) => sum + rotation["max_megabytes"]! * (rotation["max_backups"]! + 1), 0);
      expect(mib).toBeLessThanOrEqual(storageGib * 1024 * 0.8);
      expect(mib).toBeGreaterThan(storageGib * 1024 * 0.8 - 64 * exporters.length);
    }
  });
});

describe("the reader", () => {
  const settings = {
    environment: "test",
    namespaces: ["slm", "gateway"],
    models: ["chat", "chat-2"],
    engines: ["vllm", "onnx"],
    collector: "http://collector:4318",
    memoryMib: 128,
  };
  const quiet = { on_error: "send_quiet" };
  const common = [
    { type: "json_parser", if: 'body matches "^{"', ...quiet },
    { type: "severity_parser", if: "attributes.level != nil", parse_from: "attributes.level", ...quiet },
    {
      type: "move",
      if: 'attributes["x-request-id"] != nil',
      from: 'attributes["x-request-id"]',
      to: "attributes.request_id",
      ...quiet,
    },
    { type: "move", if: "attributes.message != nil", from: "attributes.message", to: "body", ...quiet },
  ];
  const traceback = {
    type: "recombine",
    if: expect.stringContaining("Traceback"),
    combine_field: "body",
    combine_with: "\n",
    is_first_entry: 'body startsWith "Traceback "',
    source_identifier: 'attributes["log.file.path"]',
    force_flush_period: "1s",
  };
  const readerTraceback = () => {
    const { receivers } = readerConfig(settings) as { receivers: { file_log: { operators: { type: string; if: string }[] } } };
    return receivers.file_log.operators.find(({ type }) => type === "recombine")!;
  };
  const regex = "^(?P<model>chat|chat-2)-(?:vllm|onnx)-";

  it("reads every line once, waits for the collector, and finds pod, model and fields", () => {
    expect(readerConfig(settings)).toEqual({
      receivers: {
        file_log: {
          include: [
            "/var/log/pods/slm_*/*/*.log",
            "/var/log/pods/slm_*/*/*.log.*-*",
            "/var/log/pods/gateway_*/*/*.log",
            "/var/log/pods/gateway_*/*/*.log.*-*",
          ],
          exclude: ["/var/log/pods/slm_*/*/*.{gz,tmp}", "/var/log/pods/gateway_*/*/*.{gz,tmp}"],
          include_file_path: true,
          start_at: "beginning",
          storage: "file_storage",
          retry_on_failure: forever,
          resource: { "deployment.environment.name": "test" },
          operators: [
            { type: "container" },
            traceback,
            { type: "regex_parser", parse_from: 'resource["k8s.pod.name"]', parse_to: "resource", regex, ...quiet },
            ...common,
          ],
        },
      },
      processors: { memory_limiter: { check_interval: "1s", limit_mib: 102, spike_limit_mib: 25 } },
      exporters: { otlp_http: { endpoint: "http://collector:4318", sending_queue: { enabled: false }, retry_on_failure: forever } },
      extensions: { health_check: health, file_storage: { directory: "/state" } },
      service: {
        extensions: ["health_check", "file_storage"],
        telemetry: { logs: warnings, metrics: { level: "none" } },
        pipelines: { logs: { receivers: ["file_log"], processors: ["memory_limiter"], exporters: ["otlp_http"] } },
      },
    });
  });

  it("holds back lines of a traceback alone, and no line of a record", () => {
    const { if: held } = readerTraceback();
    const pattern = new RegExp(/^body matches "(.*)"$/.exec(held)![1]!.replaceAll("\\\\", "\\"));
    const lines = [
      "Traceback (most recent call last):",
      '  File "a.py", line 1, in f',
      "ValueError: no",
      "torch.cuda.OutOfMemoryError: no room",
      "KeyboardInterrupt",
    ];
    for (const line of lines) expect(pattern.test(line), line).toBe(true);
    for (const line of ["INFO 11-26 Error: none", '{"level":"error"}', "Errors are few", "error: x", ""])
      expect(pattern.test(line), line).toBe(false);
  });

  it("tells models by the beginning of the pod's name, the longer of two as well, and of a download's pod too", () => {
    const found = (pod: string) => new RegExp(regex.replace("?P<", "?<")).exec(pod)?.groups?.["model"];
    expect(["chat-vllm-5c7d-x", "chat-2-onnx-5c7d-x", "chat-vllm-download-1a2b3c4d5e-x7k2p", "achat-vllm-5c7d-x"].map(found)).toEqual([
      "chat",
      "chat-2",
      "chat",
      undefined,
    ]);
  });

  it("looks for no model where there is none", () => {
    const config = readerConfig({ ...settings, models: [] }) as { receivers: { file_log: { operators: object[] } } };
    expect(config.receivers.file_log.operators).toEqual([{ type: "container" }, traceback, ...common]);
  });
});
