import { describe, expect, it } from "vitest";

import { modelMistakes, parsed } from "../../support/environments";

const label = "must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter";
const inside = "must be a path inside the source, without a leading / or ..";
const a = (length: number): string => "a".repeat(length);
const unrecognized = (key: string, hint: string): string => `Unrecognized key: "${key}"; ${hint}`;
const notA = (type: string, received: string): string => `Invalid input: expected ${type}, received ${received}`;

/** Entries, and what each is refused for; nothing where it is taken. */
type Cases = [object, string[]][];

describe("the entry of a model", () => {
  it("keeps every setting as it is written", () => {
    const entry = {
      engine: "vllm",
      model: "Qwen/Qwen3-8B",
      engineVersion: "0.33.0",
      weights: {
        vllm: { kind: "huggingFace", repository: "org/na-me_1.0", revision: "abcdef0", path: "a/b" },
        ollama: { kind: "library", tag: "me/qwen3:0.6b" },
        onnx: { kind: "baked", path: "/models/x" },
      },
      quantization: "awq",
      dtype: "float16",
      kvCacheDtype: "fp8",
      contextTokens: 4096,
      concurrency: 2,
      replicas: 3,
      tensorParallel: 2,
      gpu: "L4",
      size: "Standard_NC4as_T4_v3",
      cpu: false,
      gpuMemoryUtilization: 0.8,
      maxNumBatchedTokens: 1024,
      enforceEager: true,
      extraArgs: ["--seed", "1"],
      memoryMib: 4096,
      cpuCores: 1.5,
      coldStart: { imageSeconds: 10, weightsSeconds: 20, loadSeconds: 30 },
      storage: { gib: 10, class: "fast", shared: true },
      nodeLabels: { zone: "a" },
      vllm: {
        prefixCaching: true,
        chunkedPrefill: false,
        speculative: { method: "eagle", tokens: 4, model: "org/small" },
        toolParser: "hermes",
        reasoningParser: "qwen3",
        structuredOutputs: "guidance",
        adapters: { sql: { source: { kind: "image", image: "sql", path: "adapter" }, rank: 16 } },
      },
      ollama: {
        system: "Be brief.",
        template: "{{ .Prompt }}",
        parameters: { temperature: 0.1, stop: ["</s>"], num_predict: 64 },
        keepAlive: "5m",
        variants: { poet: { system: "Rhyme.", template: "x", parameters: { seed: 1 } } },
        additionalModels: { other: { model: "qwen3-4b", weights: {}, quantization: "Q8_0", contextTokens: 1024 } },
      },
    };
    expect(parsed({ models: { chat: entry } }).models["chat"]).toEqual(entry);
  });

  it.each<Cases[number]>([
    [{ engine: "tgi" }, ["engine: must be vllm, ollama or onnx"]],
    [{ model: "" }, ["model: must name a model of the catalog: adapters and weights need their base"]],
    [{ model: undefined }, ["model: must name a model of the catalog: adapters and weights need their base"]],
    [{ memoryMb: 1 }, [unrecognized("memoryMb", "did you mean memoryMib?")]],
    [{ dtype: "int8" }, ['dtype: must be bfloat16, float16 or float32, got "int8"']],
    [{ dtype: "bfloat16" }, []],
    [{ dtype: "float32" }, []],
    [{ replicas: "2" }, [`replicas: ${notA("number", "string")}`]],
    [{ cpu: "yes" }, [`cpu: ${notA("boolean", "string")}`]],
    [{ extraArgs: "--x" }, [`extraArgs: ${notA("array", "string")}`]],
    [{ memoryMib: 255 }, ["memoryMib: must be at least 256 MiB"]],
    [{ memoryMib: 256 }, []],
    [{ memoryMib: 300.5 }, ["memoryMib: must be a whole number of MiB"]],
    [{ memoryMib: 2_097_152 }, []],
    [{ memoryMib: 2_097_153 }, ["memoryMib: must be at most 2097152 MiB (2 TiB)"]],
    [{ cpuCores: 0.09 }, ["cpuCores: must be at least 0.1 cores"]],
    [{ cpuCores: 0.1 }, []],
    [{ cpuCores: 256 }, []],
    [{ cpuCores: 256.1 }, ["cpuCores: must be at most 256 cores"]],
    [{ coldStart: { imageSeconds: 0 } }, ["coldStart.imageSeconds: must be at least 1 s"]],
    [{ coldStart: { imageSeconds: 1 } }, []],
    [{ coldStart: { weightsSeconds: 7200 } }, []],
    [{ coldStart: { loadSeconds: 7201 } }, ["coldStart.loadSeconds: must be at most 7200 s (2 h)"]],
    [{ coldStart: { loadSeconds: 1.5 } }, ["coldStart.loadSeconds: must be a whole number of seconds"]],
    [
      { coldStart: { nodeSeconds: 1 } },
      [`coldStart: ${unrecognized("nodeSeconds", "it may have imageSeconds, weightsSeconds, loadSeconds")}`],
    ],
    [{ storage: { gib: 0 } }, ["storage.gib: must be at least 1 GiB"]],
    [{ storage: { gib: 1 } }, []],
    [{ storage: { gib: 4096 } }, []],
    [{ storage: { gib: 4097 } }, ["storage.gib: must be at most 4096 GiB"]],
    [{ storage: { size: 1 } }, [`storage: ${unrecognized("size", "it may have gib, class, shared")}`]],
    [{ nodeLabels: { zone: 1 } }, [`nodeLabels.zone: ${notA("string", "number")}`]],
  ])("%j is refused for %j", (entry, expected) => expect(modelMistakes(entry)).toEqual(expected));
});

describe("a source of weights", () => {
  const huggingFace = { kind: "huggingFace", repository: "org/name" };

  it.each<Cases[number]>([
    ...[
      ["azureBlob", "; object stores are not read: use volume, with a claim whose driver mounts it, or image"],
      ["s3", "; object stores are not read: use volume, with a claim whose driver mounts it, or image"],
      ["persistentVolumeClaim", "; did you mean volume?"],
      ["pvc", "; use volume, with a claim that holds the files"],
      ["oci", "; use image"],
      ["hub", "; use huggingFace"],
      ["ollama", "; use library"],
      ["localPath", "; use baked for files of the engine's image, or volume for those of a claim"],
      ["huggingface", "; did you mean huggingFace?"],
      ["volumes", "; did you mean volume?"],
      ["torrent", ""],
    ].map(([kind, hint]): Cases[number] => [
      { kind },
      [`kind: must be of kind huggingFace, library, image, volume or baked, got "${kind}"${hint}`],
    ]),
    [{}, ["kind: must be of kind huggingFace, library, image, volume or baked, got nothing"]],
    [{ ...huggingFace, tag: "x" }, [unrecognized("tag", "it may have kind, repository, revision, path")]],
    [{ ...huggingFace, repository: "org" }, ["repository: must be `org/name`"]],
    [{ ...huggingFace, repository: "org/name/more" }, ["repository: must be `org/name`"]],
    [{ ...huggingFace, repository: "host:80/org/name" }, ["repository: must be `org/name`"]],
    [{ ...huggingFace, revision: a(6) }, ["revision: must be a commit"]],
    [{ ...huggingFace, revision: a(7) }, []],
    [{ ...huggingFace, path: "a/b.c" }, []],
    ...["", "/a", "a/../b", "..", "a\0b", "a\n../b"].map((path): Cases[number] => [{ ...huggingFace, path }, [`path: ${inside}`]]),
    [{ kind: "library", tag: "qwen3:0.6b" }, []],
    [{ kind: "library", tag: "a b" }, ["tag: must be a tag such as qwen3:0.6b"]],
    [{ kind: "library", tag: "" }, ["tag: must be a tag such as qwen3:0.6b"]],
    [{ kind: "image", image: "" }, ["image: Too small: expected string to have >=1 characters"]],
    [{ kind: "image", image: "x", path: "../x" }, [`path: ${inside}`]],
    [{ kind: "volume", claim: "Claim" }, [`claim: ${label}`]],
    [{ kind: "volume", claim: "claim", path: "/x" }, [`path: ${inside}`]],
    [{ kind: "volume", claim: "claim" }, []],
    [{ kind: "baked", path: "/models" }, []],
    [{ kind: "baked", path: "models" }, ["path: must be an absolute path in the image"]],
  ])("%j is refused for %j", (source, expected) => {
    for (const engine of ["vllm", "ollama", "onnx"])
      expect(modelMistakes({ weights: { [engine]: source } })).toEqual(
        expected.map((mistake) => (mistake.startsWith("Unrecognized") ? `weights.${engine}: ${mistake}` : `weights.${engine}.${mistake}`)),
      );
  });

  it("is of an engine that there is", () => {
    expect(modelMistakes({ weights: { tgi: huggingFace } })).toEqual([`weights: ${unrecognized("tgi", "it may have vllm, ollama, onnx")}`]);
  });
});

describe("features of vLLM", () => {
  const source = { kind: "image", image: "x" };
  const method = (method: string, tokens: number, more: object = {}) => ({ speculative: { method, tokens, ...more } });
  const kept = "must be of kind huggingFace, image, volume or baked";
  const smaller = "vllm.speculative.model: must name the smaller model for this method";

  it.each<Cases[number]>([
    [{ speculation: 1 }, [`vllm: ${unrecognized("speculation", "did you mean speculative?")}`]],
    [{ prefixCaching: 1 }, [`vllm.prefixCaching: ${notA("boolean", "number")}`]],
    [method("ngram", 0), ["vllm.speculative.tokens: must be at least 1"]],
    [method("ngram", 1), []],
    [method("mtp", 32), []],
    [method("mtp", 33), ["vllm.speculative.tokens: must be at most 32"]],
    [method("eagle", 2), [smaller]],
    [method("draft_model", 2), [smaller]],
    [method("draft_model", 2, { model: "org/small" }), []],
    [method("medusa", 2), ['vllm.speculative.method: must be ngram, draft_model, eagle, eagle3 or mtp, got "medusa"']],
    ...["xgrammar", "guidance", "outlines", "lm-format-enforcer", "auto"].map((structuredOutputs): Cases[number] => [
      { structuredOutputs },
      [],
    ]),
    [
      { structuredOutputs: "regex" },
      ['vllm.structuredOutputs: must be xgrammar, guidance, outlines, lm-format-enforcer or auto, got "regex"'],
    ],
    [{ adapters: { Sql: { source, rank: 8 } } }, [`vllm.adapters.Sql: ${label}`]],
    [{ adapters: { sql: { source, rank: 0 } } }, ["vllm.adapters.sql.rank: must be at least 1"]],
    [{ adapters: { sql: { source, rank: 1 }, c: { source, rank: 512 } } }, []],
    [{ adapters: { sql: { source, rank: 513 } } }, ["vllm.adapters.sql.rank: must be at most 512"]],
    [{ adapters: { sql: { rank: 8 } } }, [`vllm.adapters.sql.source: ${kept}, got nothing`]],
    [{ adapters: { sql: { source: { kind: "baked", path: "/sql" }, rank: 8 } } }, []],
    [{ adapters: { sql: { source: { kind: "volume", claim: "sql" }, rank: 8 } } }, []],
    ...(
      [
        [{ kind: "library", tag: "sql" }, '"library"'],
        [
          { kind: "azureBlob", path: "sql" },
          '"azureBlob"; object stores are not read: use volume, with a claim whose driver mounts it, or image',
        ],
      ] as const
    ).map(([source, hint]): Cases[number] => [
      { adapters: { sql: { source, rank: 8 } } },
      [`vllm.adapters.sql.source.kind: ${kept}, got ${hint}`],
    ]),
  ])("%j are refused for %j", (vllm, expected) => expect(modelMistakes({ vllm })).toEqual(expected));
});

describe("settings of Ollama", () => {
  const duration = "ollama.keepAlive: must be a duration such as 5m, or -1";

  it.each<Cases[number]>([
    [{ keep: 1 }, [`ollama: ${unrecognized("keep", "it may have system, template, parameters, keepAlive, variants, additionalModels")}`]],
    ...["-1", "30s", "5m", "1h"].map((keepAlive): Cases[number] => [{ keepAlive }, []]),
    ...["5", "5d", "-1m", "m", "5m5s"].map((keepAlive): Cases[number] => [{ keepAlive }, [duration]]),
    [{ parameters: { Temperature: 1 } }, ["ollama.parameters.Temperature: must be a parameter of a Modelfile; did you mean temperature?"]],
    [{ parameters: { top_k: true } }, ["ollama.parameters.top_k: must be a whole number"]],
    [
      { parameters: { num_ctx: 4096 } },
      ["ollama.parameters.num_ctx: num_ctx is derived from the plan; set contextTokens instead: the cache is planned for it"],
    ],
    [
      { parameters: { num_gpu: 1 } },
      ["ollama.parameters.num_gpu: num_gpu is derived from the plan; remove it: the plan says where the model runs (gpu, size or cpu)"],
    ],
    [{ variants: { Poet: {} } }, [`ollama.variants.Poet: ${label}`]],
    [
      { variants: { poet: { keepAlive: "5m" } } },
      [`ollama.variants.poet: ${unrecognized("keepAlive", "it may have system, template, parameters")}`],
    ],
    [{ additionalModels: { Other: { model: "x" } } }, [`ollama.additionalModels.Other: ${label}`]],
    [{ additionalModels: { other: {} } }, [`ollama.additionalModels.other.model: ${notA("string", "undefined")}`]],
    [
      { additionalModels: { other: { model: "x", replicas: 2 } } },
      [`ollama.additionalModels.other: ${unrecognized("replicas", "it may have model, weights, quantization, contextTokens")}`],
    ],
  ])("%j are refused for %j", (ollama, expected) => expect(modelMistakes({ ollama })).toEqual(expected));

  it.each([
    [{ system: 'a"""\nb' }, "system"],
    [{ template: "a\u00a0" }, "template"],
    [{ parameters: { stop: "a\u00a0" } }, "parameters.stop"],
    [{ parameters: { stop: ["a", 'a"""\n'] } }, "parameters.stop[1]"],
    [{ variants: { poet: { system: "a\u00a0" } } }, "variants.poet.system"],
  ])("refuse %j, which a Modelfile cannot hold", (ollama, at) => {
    expect(modelMistakes({ ollama }).map((mistake) => mistake.split(":")[0])).toEqual([`ollama.${at}`]);
  });

  it.each(["system", "template"])("bound the length of %s", (field) => {
    expect(modelMistakes({ ollama: { [field]: a(32_768) } })).toEqual([]);
    expect(modelMistakes({ ollama: { [field]: a(32_769) } })).toEqual([`ollama.${field}: must be at most 32768 characters`]);
  });
});
