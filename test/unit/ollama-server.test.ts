import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { OllamaServer, type OllamaServerArgs } from "../../components/serving/ollama-server";
import { messageOf } from "../support/errors";
import { mockPulumi, only, registered, reset, settled } from "../support/mocks";

const image = `docker.io/ollama/ollama@sha256:${"a".repeat(64)}`;
const args: OllamaServerArgs = { image, namespace: "slm", source: { kind: "library", tag: "qwen3:0.6b" } };

beforeAll(mockPulumi);
beforeEach(reset);

const pod = () => only("kubernetes:apps/v1:Deployment").inputs["spec"].template.spec;

describe("OllamaServer", () => {
  it("creates a volume, a deployment and a service, and nothing else", async () => {
    await settled(new OllamaServer("chat", args).url);
    expect(registered.map(({ type, name }) => [type, name])).toEqual([
      ["slm:serving:OllamaServer", "chat"],
      ["kubernetes:core/v1:PersistentVolumeClaim", "chat-models"],
      ["kubernetes:apps/v1:Deployment", "chat-server"],
      ["kubernetes:core/v1:Service", "chat-service"],
    ]);
  });

  it("answers under its name, behind a service that selects its pods", async () => {
    const server = new OllamaServer("chat", args);
    expect(await settled(server.url)).toBe("http://chat.slm.svc.cluster.local:11434/v1");
    expect(await settled(server.addressUrl)).toBe("http://10.0.0.7:11434/v1");
    const { selector } = only("kubernetes:core/v1:Service").inputs["spec"];
    expect(only("kubernetes:apps/v1:Deployment").inputs["spec"].template.metadata.labels).toEqual(selector);
  });

  it("derives every deadline from one cold-start budget", async () => {
    await settled(new OllamaServer("chat", { ...args, coldStart: { imageSeconds: 10, weightsSeconds: 20, loadSeconds: 30 } }).url);
    expect(only("kubernetes:apps/v1:Deployment").inputs["spec"].progressDeadlineSeconds).toBe(90);
    expect(pod().containers[0].startupProbe).toEqual({
      exec: { command: ["ollama", "run", "chat", ""] },
      periodSeconds: 2,
      failureThreshold: 15,
      timeoutSeconds: 30,
    });
  });

  it("runs every container restricted, and mounts no credentials of the cluster", async () => {
    await settled(new OllamaServer("chat", args).url);
    const { securityContext, automountServiceAccountToken, enableServiceLinks, initContainers, containers } = pod();
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect([automountServiceAccountToken, enableServiceLinks]).toEqual([false, false]);
    for (const container of [...initContainers, ...containers]) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });

  it.each([
    [{ kind: "library", tag: "qwen3:0.6b" } as const, "qwen3:0.6b", 'retry ollama pull "$SOURCE"'],
    [{ kind: "file", path: "/models/m.gguf" } as const, "/models/m.gguf", 'ollama create "$MODEL" -f /tmp/Modelfile'],
  ])("brings the model from %o in an init container", async (source, value, line) => {
    await settled(new OllamaServer("chat", { ...args, source }).url);
    const [loader] = pod().initContainers;
    expect(loader.env).toContainEqual({ name: "SOURCE", value });
    expect(loader.env).toContainEqual({ name: "MODEL", value: "chat" });
    expect(loader.command[2].split("\n").map((text: string) => text.trim())).toContain(line);
  });

  it.each([
    ["chat", { image: "ollama/ollama:latest" }, 'image: must be pinned by digest (name@sha256:<64 hex>), got "ollama/ollama:latest"'],
    ["chat", { memoryMib: 64 }, "memoryMib: must be at least 256 MiB, got 64"],
    ["chat", { cpuCores: 0 }, "cpuCores: must be at least 0.1 cores, got 0"],
    ["chat", { storageGib: 1.5 }, "storageGib: must be a whole number of GiB, got 1.5"],
    ["chat", { contextTokens: 1 }, "contextTokens: must be at least 256 tokens, got 1"],
    ["Chat!", {}, 'name: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter, got "Chat!"'],
  ])("refuses %s with %o at construction", (name, bad, message) => {
    expect(messageOf(() => new OllamaServer(name, { ...args, ...bad }))).toBe(message);
  });
});
