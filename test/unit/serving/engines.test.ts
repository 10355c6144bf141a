import * as k8s from "@pulumi/kubernetes";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import { modelfileText } from "../../../components/serving/ollama-models";
import { OllamaServer, type OllamaServerArgs } from "../../../components/serving/ollama-server";
import { OnnxServer } from "../../../components/serving/onnx-server";
import { VllmServer, type VllmServerArgs } from "../../../components/serving/vllm-server";
import { mockPulumi, only, reset, settled } from "../../support/mocks";
import { digest, environmentOf, planned, pod, serverArgs } from "../../support/serving";

beforeAll(mockPulumi);
beforeEach(reset);

const image = { kind: "image", reference: `weights@${digest}` } as const;
/** The pod of the one download job that was made. */
const job = () => only("kubernetes:batch/v1:Job").inputs["spec"].template.spec;
const qwen = { model: "qwen3-0.6b", weights: { vllm: image } } as const;

describe("VllmServer", () => {
  const made = (args: VllmServerArgs) => settled(new VllmServer("chat", args).deployment.urn);

  it("passes the plan's arguments, with every feature by the flags of its version", async () => {
    const features = {
      prefixCaching: false,
      chunkedPrefill: true,
      speculative: { method: "ngram", tokens: 4 },
      toolParser: "hermes",
      reasoningParser: "qwen3",
      structuredOutputs: "xgrammar",
    } as const;
    await made(serverArgs({ ...qwen, engine: "vllm", vllm: features, extraArgs: ["--seed", "7"] }));
    const args = pod().containers[0].args.join(" ");
    for (const part of [
      "--model /weights --served-model-name chat --max-model-len 8192",
      "--no-enable-prefix-caching --enable-chunked-prefill",
      '--speculative-config {"method":"ngram","num_speculative_tokens":4,"prompt_lookup_max":4}',
      "--enable-auto-tool-choice --tool-call-parser hermes --reasoning-parser qwen3",
      '--structured-outputs-config {"backend":"xgrammar"} --shutdown-timeout 45 --seed 7',
    ])
      expect(args).toContain(part);
  });

  it("names the same feature as an older version does", async () => {
    await made(serverArgs({ ...qwen, engine: "vllm", engineVersion: "0.10.2", vllm: { structuredOutputs: "xgrammar" } }));
    expect(pod().containers[0].args.join(" ")).toMatch(/--guided-decoding-backend xgrammar$/);
  });

  it("serves adapters from folders of their own, beside the model", async () => {
    const adapters = { pirate: { source: { ...image, path: "lora" } } };
    await made({ ...serverArgs({ ...qwen, engine: "vllm", adapters: { count: 1, rank: 12 } }), adapters });
    const { args, volumeMounts } = pod().containers[0];
    expect(args.join(" ")).toContain("--enable-lora --max-loras 1 --max-lora-rank 16");
    expect(args.slice(-2)).toEqual(["--lora-modules", '{"name":"pirate","path":"/adapters/pirate/lora","base_model_name":"chat"}']);
    expect(volumeMounts).toContainEqual({ name: "adapter-0", mountPath: "/adapters/pirate", readOnly: true });
    expect(pod().volumes).toContainEqual({ name: "adapter-0", image: { reference: `weights@${digest}`, pullPolicy: "IfNotPresent" } });
  });

  it("mounts a draft model at its own place, from the same claim as what is downloaded", async () => {
    const source = { kind: "huggingFace", repository: "org/small" } as const;
    const files = { revision: "1".repeat(40), files: { "model.safetensors": "a".repeat(64) } };
    await made({ ...serverArgs({ ...qwen, engine: "vllm" }), draft: { source, lock: files } });
    expect(pod().containers[0].volumeMounts).toContainEqual({ name: "downloads", mountPath: "/draft", readOnly: true, subPath: "draft" });
    expect(environmentOf(job().containers[0])).toMatchObject({
      FOLDER_1: "/downloads/draft",
      REPOSITORY_1: "org/small",
      FILES_1: "model.safetensors",
      LOCK_1: `${"a".repeat(64)}  model.safetensors`,
    });
  });

  it("rolls out and downloads anew when the draft model's lock changes", async () => {
    const hashes: string[] = [];
    for (const digit of ["a", "b"]) {
      reset();
      const lock = { files: { x: digit.repeat(64) } };
      await made({ ...serverArgs({ ...qwen, engine: "vllm" }), draft: { source: { kind: "baked", path: "/opt/draft" }, lock } });
      hashes.push(only("kubernetes:apps/v1:Deployment").inputs["spec"].template.metadata.annotations["slm-stack/weights"]);
    }
    expect(new Set(hashes).size).toBe(2);
  });

  it("writes caches where it may, shares memory in /dev/shm within its limit, and fetches nothing while serving", async () => {
    await made(serverArgs({ ...qwen, engine: "vllm" }));
    const [container] = pod().containers;
    expect(environmentOf(container)).toMatchObject({ HOME: "/tmp", HF_HUB_OFFLINE: "1", VLLM_CACHE_ROOT: "/tmp/cache/vllm" });
    expect(pod().volumes).toContainEqual({ name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "2Gi" } });
    expect(container.resources.limits.memory).toBe("11264Mi");
  });

  it("on the CPU is given how large its cache is, and asks for no GPU", async () => {
    await made(serverArgs({ ...qwen, engine: "vllm", cpu: true }));
    const [container] = pod().containers;
    expect(container.args.join(" ")).toMatch(/--kv-cache-memory-bytes \d{9,} /);
    expect(environmentOf(container)["VLLM_CPU_NUM_OF_RESERVED_CPU"]).toBe("0");
    expect(container.args).not.toContain("--gpu-memory-utilization");
    expect([container.resources.limits["nvidia.com/gpu"], pod().tolerations]).toEqual([undefined, undefined]);
  });

  it("downloads only locked files of the locked revision, with the token as a file that no server sees, and then checks them", async () => {
    const lock = { "huggingFace:Qwen/Qwen3-0.6B": { revision: "c0ffee1", files: { "model.safetensors": "b".repeat(64) } } };
    const store = new KubernetesSecretStore("secrets", { values: { hf: "hf_x" }, provider: new k8s.Provider("k8s", { kubeconfig: "x" }) });
    const hfToken = { mount: store.grant({ name: "chat-weights", namespace: "slm" }, ["hf"]), name: "hf" };
    await made({ ...serverArgs({ model: "qwen3-0.6b", engine: "vllm" }, { lock }), hfToken });
    const { containers, volumes, serviceAccountName } = job();
    expect(serviceAccountName).toBe("chat-weights");
    expect(environmentOf(containers[0])).toMatchObject({
      REPOSITORY_0: "Qwen/Qwen3-0.6B",
      REVISION_0: "c0ffee1",
      FILES_0: "model.safetensors",
      HF_TOKEN_PATH: "/mnt/secrets/hf",
      FOLDER_0: "/downloads/model",
      STAMP_0: "/downloads/model/.checked-0",
      DOWNLOADED_0: "yes",
    });
    const sources = [{ secret: { name: "chat-weights-hf", items: [{ key: "value", path: "hf" }] } }];
    expect(volumes).toContainEqual({ name: "secrets", projected: { sources } });
    expect(JSON.stringify(pod())).not.toMatch(/"secret":|HF_TOKEN/);
  });
});

describe("OllamaServer", () => {
  const request = { model: "qwen3-0.6b", engine: "ollama", weights: { ollama: { kind: "library", tag: "qwen3:0.6b" } } } as const;
  const made = (args: OllamaServerArgs) => settled(new OllamaServer("chat", args).deployment.urn);

  it("downloads the tag once, and has each pod create the model and its variants from Modelfiles", async () => {
    const variants = { pirate: { system: "You are a pirate.", parameters: { temperature: 0.2, stop: ["A", "B"] } } };
    await made({ ...serverArgs(request), variants });
    expect(environmentOf(job().containers[0])).toMatchObject({ TAGS: "qwen3:0.6b", OLLAMA_MODELS: "/downloads" });
    expect(environmentOf(pod().initContainers[0])).toMatchObject({
      TAGS: "qwen3:0.6b",
      COUNT: "2",
      NAME_0: "chat",
      MODELFILE_0: "FROM qwen3:0.6b",
      NAME_1: "pirate",
      MODELFILE_1:
        'FROM qwen3:0.6b\nSYSTEM """You are a pirate."""\nPARAMETER temperature 0.2\nPARAMETER stop """A"""\nPARAMETER stop """B"""',
    });
  });

  it("cannot change its models while it serves, and sees what was downloaded", async () => {
    await made(serverArgs(request));
    const [{ volumeMounts }] = pod().containers;
    expect(volumeMounts).toContainEqual({ name: "store", mountPath: "/var/lib/ollama", readOnly: true });
    expect(volumeMounts).toContainEqual({ name: "downloads", mountPath: "/var/lib/ollama-downloads", readOnly: true });
  });

  it("loads every model of the server before it is ready, and has memory for all", async () => {
    const alone = planned(request).pod.memoryMib;
    const more = { other: { model: "qwen3-1.7b", weights: { ollama: { kind: "volume", claim: "models", path: "o.gguf" } } } } as const;
    await made(serverArgs({ ...request, additionalModels: more }));
    expect(pod().containers[0].startupProbe.exec.command[2]).toBe('ollama run chat "" && ollama run other ""');
    expect(environmentOf(pod().containers[0])["OLLAMA_MAX_LOADED_MODELS"]).toBe("2");
    expect(environmentOf(pod().initContainers[0])["MODELFILE_1"]).toBe("FROM /weights-1/o.gguf");
    expect(Number.parseInt(pod().containers[0].resources.limits.memory, 10)).toBeGreaterThan(alone + 1000);
  });

  it("loads one that embeds by a text, as the CLI takes no empty one for it; the others as before", async () => {
    await made({ ...serverArgs(request), embeds: ["chat"] });
    const [{ startupProbe, livenessProbe }] = pod().containers;
    for (const { exec } of [startupProbe, livenessProbe]) expect(exec.command[2]).toBe("ollama run chat a > /dev/null");
  });

  it("keeps the model loaded unless set otherwise", async () => {
    await made(serverArgs(request));
    expect(environmentOf(pod().containers[0])["OLLAMA_KEEP_ALIVE"]).toBe("-1");
    reset();
    await made({ ...serverArgs(request), keepAlive: "5m" });
    expect(environmentOf(pod().containers[0])["OLLAMA_KEEP_ALIVE"]).toBe("5m");
  });

  it("has a text between three quotes, where Ollama reads it as it is", () => {
    expect(modelfileText("x", { template: "{{ .Prompt }}", parameters: { stop: ['a"b', "\n"] } })).toBe(
      'FROM x\nTEMPLATE """{{ .Prompt }}"""\nPARAMETER stop """a"b"""\nPARAMETER stop """\n"""',
    );
  });

  it.each([
    [undefined, `loaded=$(ollama ps) && echo "$loaded" | grep -q "^chat:"`, 'ollama run chat ""'],
    ["5m", "ollama show chat > /dev/null", "ollama show chat > /dev/null"],
  ])("is ready while the model answers, where it stays loaded for %s", async (keepAlive, ready, alive) => {
    await made({ ...serverArgs(request), ...(keepAlive ? { keepAlive } : {}) });
    const [{ readinessProbe, livenessProbe }] = pod().containers;
    expect([readinessProbe.exec.command[2], livenessProbe.exec.command[2]]).toEqual([ready, alive]);
  });
});

it("OnnxServer tells the server its model, its provider, its slots and its context", async () => {
  const request = { model: "phi-4-mini-instruct", engine: "onnx", weights: { onnx: image }, contextTokens: 4096, concurrency: 3 } as const;
  await settled(new OnnxServer("chat", serverArgs(request)).deployment.urn);
  expect(pod().containers[0].args.join(" ")).toBe(
    "--model-dir /weights --served-model-name chat --provider cpu --max-context-tokens 4096 --max-slots 3 --shutdown-timeout 45",
  );
});
