import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { network, registryPort } from "../../lab/layout";
import { standIn } from "../../tools/azure-stand-in/locate";
import { build } from "../../tools/build/recipe";
import { actionlint, scanners } from "../../tools/build/recipes";
import type { EnvironmentFile } from "../../tools/lib/environment";
import { repoRoot } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { FilledIn } from "../support/filled-in";
import { labEnvironment } from "../support/lab";
import { checkov, type Finding, type Manifest, rendered, scanManifests, scanner, waivers, waives } from "../support/scan";

const folder = ".slm/scan-test";
const workflows = readdirSync(".github/workflows").map((file) => path.join(".github/workflows", file));
const dockerfiles = readdirSync("images").map((image) => path.join("images", image, "Dockerfile"));

const small = (engine: string) => ({ engine, model: "smollm2-135m-instruct", cpu: true, contextTokens: 1024 });
const names = [
  "python",
  "ollama",
  "onnx-server",
  "vllm-cpu",
  "prometheus",
  "alertmanager",
  "grafana",
  "kube-state-metrics",
  "otel-collector",
];

/** All that this project can put into a cluster which is there: each engine, weights that are supplied, and the whole monitoring. */
const everything = () =>
  labEnvironment("scan-test", (settings) => {
    Object.assign(settings, {
      "slm:images": `${folder}/images.json`,
      "slm:lock": `${folder}/lock.json`,
      "slm:monitoring": {
        ...{ mode: "standalone", namespace: "scan-monitoring", grafana: { adminPassword: { env: "SCAN_TEST_PASSWORD" } } },
        receivers: { hook: { kind: "webhook", url: { secret: "hook", key: "url" } } },
        ...{ routes: { critical: "hook", warning: "hook" }, logs: { kind: "files" }, traces: { ratio: 0.1 } },
      },
    });
    settings["slm:models"] = {
      ollama: { ...small("ollama"), weights: { ollama: { kind: "baked", path: "/models/model.gguf" } } },
      onnx: { ...small("onnx"), weights: { onnx: { kind: "huggingFace", repository: "acme/onnx" } }, storage: { gib: 1 } },
      vllm: { ...small("vllm"), enforceEager: true, weights: { vllm: { kind: "volume", claim: "models", path: "smollm2" } } },
    };
  });

beforeAll(async () => {
  vi.stubEnv("SCAN_TEST_PASSWORD", "planted");
  await build([scanners, actionlint]);
  mkdirSync(path.join(repoRoot, folder), { recursive: true });
  const pinned = names.map((name) => [name, `${network().node}:${registryPort}/${name}@sha256:${"a".repeat(64)}`]);
  writeFileSync(path.join(repoRoot, folder, "images.json"), JSON.stringify(Object.fromEntries(pinned)));
  const entry = { revision: "c0ffee1", files: { "model.safetensors": "a".repeat(64) } };
  writeFileSync(
    path.join(repoRoot, folder, "lock.json"),
    JSON.stringify({ "huggingFace:acme/onnx": entry, "volume:models/smollm2": entry }),
  );
  objects = await preview(everything());
}, 600_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(path.join(repoRoot, folder), { recursive: true });
});

const badDockerfile = "FROM debian:latest\nRUN apt-get update && apt-get install -y curl\nADD https://example.com/x /x\n";

/** Writes a file for a scanner to find fault with. */
function written(name: string, text: string): string {
  const file = path.join(repoRoot, folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** A workflow of ours, changed; fails where there was nothing to change. */
function broken(change: (text: string) => string): string {
  const text = readFileSync(".github/workflows/check.yaml", "utf8");
  const changed = change(text);
  if (changed === text) throw new Error("the workflow has nothing of what the test would break");
  return changed;
}

const codes = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([code]) => code);

const preview = async (environment: EnvironmentFile): Promise<Manifest[]> => {
  const stack = await Stack.open(environment);
  return rendered(stack).finally(() => stack.pulumi(["stack", "rm", "--yes", "--preserve-config", environment.name], { quiet: true }));
};

let objects: Manifest[];
const waived = new Set<string>();
const unwaived = (findings: readonly Finding[]): Finding[] =>
  findings.filter((finding) => {
    const waiver = waivers.find((one) => waives(one, finding));
    if (waiver) waived.add(waiver.check);
    return !waiver;
  });

describe("checkov", () => {
  it("finds nothing in any manifest of ours that is not waived with a reason", async () => {
    expect(objects.length).toBeGreaterThan(40);
    const { passed, findings } = await scanManifests(objects);
    console.log(`${objects.length} manifests: ${passed} checks passed, ${findings.length} findings`);
    expect(unwaived(findings)).toEqual([]);
  });

  it.skipIf(standIn() === undefined)(
    "finds nothing in what prod puts into its cluster (skipped where the real plugin is installed)",
    async () => {
      const filledIn = new FilledIn(`${folder}/prod`);
      const { passed, findings } = await scanManifests(await preview(filledIn.environment("scan-prod", "prod")));
      expect(passed).toBeGreaterThan(100);
      expect(unwaived(findings)).toEqual([]);
    },
  );

  it("finds nothing in the Dockerfiles that is not waived with a reason", async () => {
    const { passed, findings } = await checkov("dockerfile", "images");
    expect(passed).toBeGreaterThan(10);
    expect(unwaived(findings)).toEqual([]);
  });

  it("would find a Dockerfile that runs as root and adds a remote file", async () => {
    const { findings } = await checkov("dockerfile", path.dirname(written("bad/Dockerfile", badDockerfile)));
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(["CKV_DOCKER_3", "CKV_DOCKER_4", "CKV_DOCKER_7"]));
  });

  it("would find a privileged pod", async () => {
    const container = { name: "bad", image: "bad:latest", securityContext: { privileged: true } };
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "bad" }, spec: { containers: [container] } };
    expect((await scanManifests([pod])).findings.map(({ check }) => check)).toContain("CKV_K8S_16");
  });

  it("has no waiver that waives nothing, and none without a reason", () => {
    expect(waivers.filter(({ check }) => !waived.has(check))).toEqual([]);
    for (const { check, reason } of waivers) expect(reason.length, check).toBeGreaterThan(30);
  });
});

describe("what pods may ask the API server", () => {
  const named = (kind: string) => objects.filter((object) => object.kind === kind);

  it("is to read pods, deployments and autoscalers, in the namespaces that are watched, and nothing of the whole cluster", () => {
    expect(named("ClusterRole").concat(named("ClusterRoleBinding"))).toEqual([]);
    const rules = named("Role").flatMap(({ metadata, rules = [] }) =>
      rules.map(({ resources, verbs }) => `${metadata.name} in ${metadata.namespace}: ${verbs.join(", ")} ${resources.join(", ")}`),
    );
    expect(rules.sort()).toEqual([
      "monitoring-kube-state-metrics in scan-test: list, watch deployments, replicasets",
      "monitoring-kube-state-metrics in scan-test: list, watch horizontalpodautoscalers",
      "monitoring-kube-state-metrics in scan-test: list, watch pods",
      "monitoring-prometheus in scan-test: get, list, watch pods",
    ]);
    expect(named("RoleBinding").map(({ roleRef }) => roleRef!.kind)).toEqual(named("Role").map(() => "Role"));
  });

  it("is nothing at all for whoever has no role: no account hands its token to a pod by itself", () => {
    expect(named("ServiceAccount").map(({ automountServiceAccountToken }) => automountServiceAccountToken)).toEqual(
      named("ServiceAccount").map(() => false),
    );
    expect(named("ServiceAccount").length).toBeGreaterThan(0);
  });
});

describe("hadolint", () => {
  it.each(dockerfiles)("is content with %s", async (file) => {
    expect(await scanner("hadolint", file)).toEqual({ stdout: "", exitCode: 0 });
  });

  it("would find a base that floats, and a package without a version", async () => {
    const { stdout, exitCode } = await scanner("hadolint", written("Dockerfile", badDockerfile));
    expect(exitCode).toBe(1);
    expect(codes(stdout, /\bDL\d+\b/g)).toEqual(expect.arrayContaining(["DL3007", "DL3008"]));
  });
});

describe("workflows", () => {
  it("are looked for where they are", () => expect(workflows).toContain(".github/workflows/check.yaml"));

  it("please actionlint", async () => expect(await scanner("actionlint", ...workflows)).toEqual({ stdout: "", exitCode: 0 }));

  it("would not please it with an event that there is not", async () => {
    const { stdout, exitCode } = await scanner(
      "actionlint",
      written(
        "unknown-event.yaml",
        broken((text) => text.replace(/^on:/m, "on:\n  pushed:")),
      ),
    );
    expect(exitCode).toBe(1);
    expect(stdout).toContain('unknown Webhook event "pushed"');
  });

  it("please zizmor at its most pedantic", async () => {
    expect(await scanner("zizmor", "--offline", "--pedantic", ...workflows)).toMatchObject({ exitCode: 0 });
  });

  it("would not, with a template that anyone may fill in", async () => {
    const injected = broken((text) => text.replace("run: make check", `run: echo $${"{{"} github.event.pull_request.title }}`));
    const { stdout, exitCode } = await scanner("zizmor", "--offline", written("injected.yaml", injected));
    expect(exitCode).toBeGreaterThan(0);
    expect(stdout).toContain("template-injection");
  });
});
