import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { spansPath, telemetryOf } from "../../../components/environment/monitoring";
import { Monitoring } from "../../../components/monitoring/monitoring";
import type { LogsArgs, StandaloneArgs } from "../../../components/monitoring/settings";
import { openPaths } from "../../../components/namespace/paths";
import { VllmServer } from "../../../components/serving/vllm-server";
import { imageFaults } from "../../../lib/environment/image-names";
import { monitoring } from "../../../lib/environment/monitoring-config";
import { daemonExemptions } from "../../../tools/lib/policy-exemptions";
import { messageOf } from "../../support/errors";
import { mockPulumi, registered, reset, settled } from "../../support/mocks";
import { byName, children, container, image, made, standalone } from "../../support/monitored";
import { digest, environmentOf, pod, serverArgs } from "../../support/serving";

beforeAll(mockPulumi);
beforeEach(reset);

const logs: LogsArgs = { image: image("otel-collector"), readerNamespace: "monitoring-logs", target: { kind: "files" } };
const otlp = { kind: "otlp", endpoint: "https://logs.example", headers: { authorization: { secret: "logs", key: "header" } } } as const;
const configOf = (name: string) => JSON.parse(Object.values(byName(name)["data"] as Record<string, string>)[0]!);

describe("Monitoring with logs", () => {
  it("adds a collector, and a reader on each node in a namespace of its own", async () => {
    await made({ ...standalone, logs });
    expect(children().filter(([, name]) => /collector|log-reader/.test(name!))).toEqual([
      ["apps/v1:DaemonSet", "watch-log-reader-daemon"],
      ["apps/v1:StatefulSet", "watch-collector-server"],
      ["core/v1:ConfigMap", "watch-collector-config"],
      ["core/v1:ConfigMap", "watch-log-reader-config"],
      ["core/v1:PersistentVolumeClaim", "watch-collector-kept"],
      ["core/v1:Service", "watch-collector-service"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-collector-guard"],
      ["networking.k8s.io/v1:NetworkPolicy", "watch-log-reader-guard"],
    ]);
    for (const { type, name, inputs } of registered.slice(1))
      if (name.includes("log-reader")) expect(inputs["metadata"].namespace, type).toBe("monitoring-logs");
  });

  it("adds the same for an operator and for Azure", async () => {
    const { fleet, namespace, environment } = standalone;
    for (const mode of ["operator", "azure"] as const) {
      reset();
      await made({ mode, fleet, namespace, environment, logs });
      expect(children().filter(([, name]) => /collector|log-reader/.test(name!))).toHaveLength(8);
    }
  });

  it("reads the models' namespace alone where there is no gateway, and the gateway's once where it is the same", async () => {
    const read = async (more: Partial<StandaloneArgs>): Promise<string[]> => {
      reset();
      await made({ ...standalone, ...more, logs });
      return configOf("watch-log-reader-config").receivers.file_log.include;
    };
    const gateway = { namespace: "slm", label: { name: "a", value: "b" }, port: "metrics" };
    expect(await read({})).toEqual(["/var/log/pods/slm_*/*/*.log", "/var/log/pods/slm_*/*/*.log.*-*"]);
    expect(await read({ gateway })).toEqual(["/var/log/pods/slm_*/*/*.log", "/var/log/pods/slm_*/*/*.log.*-*"]);
  });

  it("lets models and gateway in only where spans are asked for", async () => {
    const senders = async (more: Partial<LogsArgs>): Promise<unknown[]> => {
      reset();
      await made({ ...standalone, logs: { ...logs, ...more } });
      const [{ from }] = byName("watch-collector-guard")["spec"].ingress;
      return from
        .slice(1)
        .map((one: { namespaceSelector: { matchLabels: object } }) => Object.values(one.namespaceSelector.matchLabels)[0]);
    };
    expect(await senders({})).toEqual(["monitoring-logs"]);
    expect(await senders({ traces: {} })).toEqual(["monitoring-logs", "slm"]);
  });

  it("takes a header's value from its Secret, and writes it nowhere; keeps no file where logs are sent on", async () => {
    await made({ ...standalone, logs: { ...logs, target: otlp, memoryMib: 500 } });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the collector replaces it
    expect(configOf("watch-collector-config").exporters.otlp_http.headers).toEqual({ authorization: "${env:HEADER_AUTHORIZATION}" });
    const { env, resources, volumeMounts } = container("watch-collector-server");
    expect(env).toEqual([
      { name: "GOMEMLIMIT", value: "400MiB" },
      { name: "HEADER_AUTHORIZATION", valueFrom: { secretKeyRef: { name: "logs", key: "header" } } },
    ]);
    expect(resources).toEqual({ requests: { cpu: "0.05", memory: "500Mi" }, limits: { memory: "500Mi" } });
    expect(volumeMounts).toEqual([{ name: "config", mountPath: "/etc/otelcol", readOnly: true }]);
    expect(registered.map(({ name }) => name)).not.toContain("watch-collector-kept");
  });

  it("keeps files on a volume of the size that is asked for", async () => {
    await made({ ...standalone, logs: { ...logs, target: { kind: "files", storageGib: 20 } } });
    expect(byName("watch-collector-kept")["spec"].resources.requests.storage).toBe("20Gi");
    expect(configOf("watch-collector-config").exporters["file/logs"].rotation.max_backups).toBe(255);
  });
});

describe("vLLM's telemetry", () => {
  const weights = { vllm: { kind: "image", reference: `weights@${digest}` } } as const;
  const started = async (engineVersion: "0.33.0" | "0.10.2", tracesEndpoint?: string) => {
    reset();
    const args = serverArgs({ model: "qwen3-0.6b", engine: "vllm", engineVersion, weights });
    const telemetry = { environment: "test", ...(tracesEndpoint ? { tracesEndpoint } : {}) };
    await settled(new VllmServer("chat", { ...args, telemetry }).deployment.urn);
    return pod().containers[0];
  };

  it("is named as each version names it", async () => {
    for (const version of ["0.33.0", "0.10.2"] as const) {
      const { args } = await started(version, "http://collector:4317");
      expect(args.slice(-3), version).toEqual(["--enable-request-id-headers", "--otlp-traces-endpoint", "http://collector:4317"]);
      expect(args).not.toContain("--enable-log-requests");
    }
  });

  it("says whose spans they are, and sends none where nobody takes them", async () => {
    expect(environmentOf(await started("0.33.0", "http://collector:4317"))).toMatchObject({
      OTEL_SERVICE_NAME: "chat",
      OTEL_RESOURCE_ATTRIBUTES: "model=chat,deployment.environment.name=test,k8s.namespace.name=slm",
    });
    const quiet = await started("0.33.0");
    expect(quiet.args.at(-1)).toBe("--enable-request-id-headers");
    expect(environmentOf(quiet)).not.toHaveProperty("OTEL_SERVICE_NAME");
  });
});

describe("the section of an environment", () => {
  const section = {
    mode: "standalone",
    receivers: standalone.receivers,
    routes: standalone.routes,
    logs: { kind: "files" },
  };
  const environment = (more: object) => ({ name: "test", monitoring: monitoring.parse({ ...section, ...more }) }) as never;

  it("opens the way for spans only where there are any", () => {
    expect([telemetryOf(environment({})), spansPath(environment({}))]).toEqual([{ environment: "test" }, undefined]);
    const traced = environment({ traces: {} });
    expect(telemetryOf(traced)).toEqual({
      environment: "test",
      tracesEndpoint: "http://monitoring-collector.slm-monitoring.svc:4317",
    });
    const { egress } = openPaths([], [], spansPath(traced))["spans-go"] as { egress: { ports: object[]; to: object[] }[] };
    expect(egress[0]!.ports).toEqual([{ port: 4317, protocol: "TCP" }]);
    expect(JSON.stringify(egress[0]!.to)).toContain("slm-monitoring");
  });

  it("leaves two rules of the policy pack out for the reader alone, and only where there is one", () => {
    const exempt = (more: object) => daemonExemptions(environment(more), { models: [] } as never);
    expect(Object.entries(exempt({})).map(([rule, names]) => [rule, Object.keys(names)])).toEqual([
      ["host-access", ["monitoring-log-reader-daemon"]],
      ["restricted-namespace", ["monitoring-logs-namespace"]],
    ]);
    expect(exempt({ logs: undefined })).toEqual({});
  });

  it.each<[object, string]>([
    [{ traces: { ratio: 0 } }, "✖ must be above 0; leave traces out for none\n  → at traces.ratio"],
    [{ traces: { ratio: 2 } }, "✖ must be at most 1, which keeps every trace\n  → at traces.ratio"],
    [{ logs: { kind: "files", storageGib: 5000 } }, "✖ must be at most 4096 GiB\n  → at logs.storageGib"],
    [{ logs: { kind: "files", keepDays: 0 } }, "✖ must be at least 1 day\n  → at logs.keepDays"],
    [{ logs: { ...otlp, endpoint: "http://logs.example" } }, "✖ must be https where headers are sent\n  → at logs.endpoint"],
    [{ logs: { kind: "otlp", endpoint: "logs.example" } }, "✖ must be a URL of http or https\n  → at logs.endpoint"],
    [{ logs: undefined, traces: {} }, "✖ must come with logs, whose target they share\n  → at traces"],
  ])("refuses %j", (bad, message) => {
    expect(z.prettifyError(monitoring.safeParse({ ...section, ...bad }).error!)).toBe(message);
  });

  it("names the image that is missing, the official one, and the command that prints its digest", () => {
    const settings = { images: "stacks/images.json", imageDigests: { python: "x", prometheus: "x", alertmanager: "x" }, models: {} };
    const faults = imageFaults({ ...settings, ...(environment({}) as object) } as never, { models: [] } as never);
    expect(faults.map(({ path, value, fix }) => [path, value, fix])).toEqual([
      [
        "monitoring",
        "otel-collector",
        "add it to stacks/images.json, as name@sha256:<64 hex>, such as ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:0.165.0 with what `crane digest ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-contrib:0.165.0` prints",
      ],
    ]);
  });
});

it.each<[Partial<LogsArgs>, string]>([
  [{ traces: { ratio: 0 } }, 'logs.traces: must be above 0; leave traces out for none, got {"ratio":0}'],
  [{ memoryMib: 255 }, "logs.memoryMib: must be at least 256 MiB, got 255"],
  [
    { target: { kind: "otlp", endpoint: "logs.example" } },
    'logs.target: must be a URL of http or https, got {"kind":"otlp","endpoint":"logs.example"}',
  ],
  [{ image: "otel/collector" }, 'logs.image: must be pinned by digest (name@sha256:<64 hex>), got "otel/collector"'],
])("Monitoring refuses logs with %j at construction", (bad, message) => {
  expect(messageOf(() => new Monitoring("watch", { ...standalone, logs: { ...logs, ...bad } }))).toBe(message);
});
