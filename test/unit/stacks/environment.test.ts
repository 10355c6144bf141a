import path from "node:path";

import { describe, expect, it } from "vitest";

import { EnvironmentError, fromRoot } from "../../../stacks/environment";
import { mistakes, onAzure, parsed, tiny } from "../../support/environments";
import { messageOf } from "../../support/errors";
import { jsonFiles, pinned } from "../../support/program";

const label = "must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter";
const range = "must be an address range such as 10.0.0.0/16";
const host = "must be a host such as huggingface.co, or *.hf.co";
const url = "must be a URL";
const cilium = { kubernetes: { dataPlane: "cilium" } };
const onlyCilium = "only Cilium tells hosts by name (kubernetes.dataPlane: cilium)";

describe("an environment", () => {
  it("is one model by its engine and name, and these defaults", () => {
    const { imageDigests, modelLock, ...rest } = parsed();
    expect(rest).toEqual({
      name: "dev",
      target: "kubernetes",
      region: "eastus",
      kubernetes: { dataPlane: "kubernetes", namespace: "slm" },
      images: "stacks/images.json",
      lock: "stacks/models.lock.json",
      clients: [],
      weightsFrom: ["0.0.0.0/0"],
      policies: { levels: {}, exempt: {} },
      catalog: {},
      userModels: {},
      models: { chat: tiny },
    });
    expect([imageDigests["ollama"], imageDigests["python"]]).toEqual([
      expect.stringMatching(/^docker\.io\/ollama\/ollama:[\d.]+@sha256:[0-9a-f]{64}$/),
      expect.stringMatching(/^docker\.io\/library\/python:[\w.-]+@sha256:[0-9a-f]{64}$/),
    ]);
    expect(modelLock).toEqual({});
  });

  it("is what its file says, where the file says it", () => {
    const files = jsonFiles({ images: { ollama: pinned("ollama") }, lock: { "library:qwen3:0.6b": { files: { a: "a".repeat(64) } } } });
    const said = {
      target: "kubernetes",
      region: "westeurope",
      kubernetes: { kubeconfig: "cluster/config", context: "mine", dataPlane: "cilium", namespace: "models" },
      images: files.images,
      lock: files.lock,
      pools: [{ size: "Standard_NC24ads_A100_v4", maxNodes: 4, migProfile: "MIG3g" }],
      allowedLicences: ["apache-2.0"],
      hfToken: { env: "HF_TOKEN" },
      clients: [{ namespace: "app" }, { cidr: "10.0.0.0/8" }],
      weightsFrom: ["10.1.0.0/16", { name: "huggingface.co" }, { name: "*.hf.co" }],
      hfEndpoint: "https://mirror.example:8443/hub",
      policies: { level: "advisory", levels: { drain: "disabled" }, exempt: { drain: { chat: "has nothing to finish" } } },
      models: { chat: tiny },
      catalog: {},
    };
    expect(parsed(said, "mine")).toEqual({
      ...said,
      name: "mine",
      imageDigests: { ollama: pinned("ollama") },
      modelLock: { "library:qwen3:0.6b": { files: { a: "a".repeat(64) } } },
      userModels: {},
    });
  });

  it.each<[object, string[]]>([
    [
      { extra: 1, more: 2 },
      [
        'Unrecognized keys: "extra", "more"; it may have target, region, kubernetes, azure, docker, pools, allowedLicences, clients, weightsFrom, hfEndpoint, monitoring, gateway, scaling, consumers, models, images, lock, hfToken, policies, catalog',
      ],
    ],
    [{ target: "aws" }, ['target: must be kubernetes, azure or docker, got "aws"']],
    [{ target: "azure" }, ["azure: must be given where the target is azure"]],
    [{ region: 7 }, ["region: Invalid input: expected string, received number"]],
    [{ kubernetes: { namespace: "Slm" } }, [`kubernetes.namespace: ${label}`]],
    [{ kubernetes: { namespace: "a".repeat(54) } }, [`kubernetes.namespace: ${label}`]],
    [{ kubernetes: { namespace: "a".repeat(53) } }, []],
    [{ kubernetes: { dataPlane: "calico" } }, ['kubernetes.dataPlane: must be kubernetes or cilium, got "calico"']],
    [
      { kubernetes: { cluster: "mine" } },
      ['kubernetes: Unrecognized key: "cluster"; it may have kubeconfig, context, name, dataPlane, namespace'],
    ],
    [{ pools: [{ size: "x", maxNodes: -1 }] }, ["pools[0].maxNodes: must be at least 0"]],
    [
      {
        pools: [
          { size: "x", maxNodes: 0 },
          { size: "x", maxNodes: 1000 },
        ],
      },
      [],
    ],
    [{ pools: [{ size: "x", maxNodes: 1001 }] }, ["pools[0].maxNodes: must be at most 1000"]],
    [
      { pools: [{ size: "x", maxNodes: 1, spot: true }] },
      ['pools[0]: Unrecognized key: "spot"; it may have size, maxNodes, migProfile, diskGib'],
    ],
    [{ clients: [{ namespace: "App" }] }, [`clients[0].namespace: ${label}`]],
    [{ clients: [{ cidr: "10.0.0.1" }] }, [`clients[0].cidr: ${range}`]],
    [{ clients: [{}] }, ["clients[0]: must be { namespace } or { cidr }"]],
    [{ clients: [{ namespace: "app", cidr: "10.0.0.0/8" }] }, ["clients[0]: must be { namespace } or { cidr }"]],
    [{ weightsFrom: [] }, []],
    [{ weightsFrom: ["10.0.0.1"] }, [`weightsFrom[0]: ${range}`]],
    [{ weightsFrom: [7] }, ["weightsFrom[0]: must be an address range, or { name } of a host"]],
    [{ weightsFrom: [{ name: "hf.co" }], ...cilium }, []],
    [{ weightsFrom: [{ name: "localhost" }], ...cilium }, [`weightsFrom[0].name: ${host}`]],
    [{ weightsFrom: [{ name: "a.*.co" }], ...cilium }, [`weightsFrom[0].name: ${host}`]],
    [
      { weightsFrom: [{ name: "hf.co" }, "10.0.0.0/8", { name: "*.hf.co" }] },
      [`weightsFrom: must be address ranges, got hf.co, *.hf.co: ${onlyCilium}`],
    ],
    [{ hfEndpoint: "mirror" }, [`hfEndpoint: ${url}`]],
    [{ hfEndpoint: "ftp://mirror.example" }, [`hfEndpoint: ${url}`]],
    [{ hfEndpoint: "xhttp://mirror.example" }, [`hfEndpoint: ${url}`]],
    [{ hfEndpoint: "http://mirror.example" }, []],
    [{ models: {} }, ["models: must name at least one model"]],
    [{ models: { Chat: tiny } }, [`models.Chat: ${label}`]],
    [{ monitoring: { mode: "mine" } }, ['monitoring.mode: must be of mode standalone, operator or azure, got "mine"']],
    [{ policies: { level: "loud" } }, ['policies.level: must be "disabled", "advisory" or "mandatory"']],
    [
      { catalog: { mine: { configJson: "x" } } },
      ["catalog.mine: must be { configJson, huggingFace, licence }, or a model in full as lib/catalog/schema.ts describes it"],
    ],
  ])("with %j is refused for %j", (raw, expected) => expect(mistakes(raw)).toEqual(expected));

  it("has a section azure where the target is azure, and only there", () => {
    const { azure } = onAzure();
    expect(mistakes({ target: "azure", azure })).toEqual([]);
    expect(mistakes({ azure })).toEqual(["target: must be azure where the section azure is given"]);
    expect(mistakes({ target: "azure", azure, weightsFrom: [{ name: "hf.co" }] })).toEqual([]); // Azure's data plane is Cilium
  });

  it("names every mistake at once, in the file's name, and by no stack trace", () => {
    const raw = { region: 7, extra: 1, models: { chat: { ...tiny, memoryMib: 1, vllm: { x: 1 } }, Other: tiny } };
    const message = messageOf(() => parsed(raw, "prod"));
    expect(message).toBe(
      [
        "stacks/Pulumi.prod.yaml is invalid:",
        '✖ Unrecognized key: "extra"; it may have target, region, kubernetes, azure, docker, pools, allowedLicences, clients, weightsFrom, hfEndpoint, monitoring, gateway, scaling, consumers, models, images, lock, hfToken, policies, catalog',
        "✖ Invalid input: expected string, received number\n  → at region",
        `✖ ${label}\n  → at models.Other`,
        "✖ must be at least 256 MiB\n  → at models.chat.memoryMib",
        '✖ Unrecognized key: "x"; it may have prefixCaching, chunkedPrefill, speculative, toolParser, reasoningParser, structuredOutputs, adapters\n  → at models.chat.vllm',
      ].join("\n"),
    );
    expect(() => parsed(raw)).toThrow(EnvironmentError);
    expect(() => parsed(raw)).toThrow(expect.objectContaining({ name: "EnvironmentError" }));
  });
});

describe("the Hugging Face token", () => {
  const clear = "must not be in clear: pulumi config set --secret hfToken, or name a variable: { env: HF_TOKEN }";
  it.each<[unknown, string[]]>([
    [{ secure: "v1:abc" }, []],
    [{ env: "MY_TOKEN_2" }, []],
    [{ env: "hf-token" }, ["hfToken.env: must be the name of a variable, such as HF_TOKEN"]],
    [{ env: "2ND" }, ["hfToken.env: must be the name of a variable, such as HF_TOKEN"]],
    [{ secure: "v1:abc", env: "HF_TOKEN" }, [`hfToken: ${clear}`]],
    ["hf_abc", [`hfToken: ${clear}`]],
  ])("as %j is refused for %j", (hfToken, expected) => expect(mistakes({ hfToken })).toEqual(expected));

  it("is kept as it is named, encrypted or by its variable", () => {
    expect(parsed({ hfToken: { secure: "v1:abc" } }).hfToken).toEqual({ secure: "v1:abc" });
    expect(parsed({ hfToken: { env: "HF_TOKEN" } }).hfToken).toEqual({ env: "HF_TOKEN" });
  });
});

describe("the files that an environment names", () => {
  const file = "stacks/Pulumi.dev.yaml";
  const root = path.resolve(__dirname, "../../..");

  it("are looked for from the project's root", () => {
    expect(fromRoot("stacks/images.json")).toBe(path.join(root, "stacks/images.json"));
    expect(fromRoot("/etc/images.json")).toBe("/etc/images.json");
  });

  it("may lack the images file, which a plan does not need", () => {
    expect(parsed({ images: "stacks/none.json" }).imageDigests).toEqual({});
  });

  it.each([
    ["lock", "stacks/none.json", `${file} names stacks/none.json: ENOENT: no such file or directory, open '${root}/stacks/none.json'`],
    ["lock", "README.md", new RegExp(`^${file} names README\\.md: Unexpected token .* is not valid JSON$`)],
    ["images", "README.md", new RegExp(`^${file} names README\\.md: Unexpected token .* is not valid JSON$`)],
  ])("are named, with who names them, where %s is %s", (key, named, message) => {
    const reported = messageOf(() => parsed({ [key]: named }));
    if (typeof message === "string") expect(reported).toBe(message);
    else expect(reported).toMatch(message);
  });

  it("hold images by digest, and sha256 sums of weights", () => {
    const bad = jsonFiles({
      images: { ollama: "docker.io/ollama/ollama:latest" },
      lock: { "library:x": { files: { a: "A1" }, revision: "short" } },
    });
    expect(messageOf(() => parsed({ images: bad.images }))).toBe(
      `${bad.images} is invalid:\n✖ must be pinned by digest (name@sha256:<64 hex>)\n  → at ollama`,
    );
    expect(messageOf(() => parsed({ lock: bad.lock }))).toBe(
      `${bad.lock} is invalid:\n✖ Too small: expected string to have >=7 characters\n  → at ["library:x"].revision\n` +
        '✖ must be 64 lower-case hex digits\n  → at ["library:x"].files.a',
    );
  });
});

describe("models that the catalog lacks", () => {
  const config = {
    num_hidden_layers: 2,
    hidden_size: 64,
    num_attention_heads: 4,
    vocab_size: 1000,
    max_position_embeddings: 2048,
    intermediate_size: 128,
    tie_word_embeddings: true,
  };
  const files = jsonFiles({ whole: config, part: { hidden_size: 64 } });
  const identity = { configJson: files.whole, huggingFace: "me/Mine", licence: "mit" };

  it("are read from their config.json, with what that does not say", () => {
    const { plain, gated } = parsed({ catalog: { plain: identity, gated: { ...identity, gated: true, parameters: 1234 } } }).userModels;
    expect(plain).toMatchObject({ id: "mine", huggingFace: "me/Mine", licence: "mit", layers: 2, contextTokens: 2048, gated: null });
    expect(plain!.parameters).not.toBe(1234);
    expect(gated).toEqual({ ...plain, gated: true, parameters: 1234 });
    expect(parsed({ catalog: { open: { ...identity, gated: false } } }).userModels["open"]!.gated).toBe(false);
  });

  it("are taken in full as they are", () => {
    const { mine } = parsed({ catalog: { mine: identity } }).userModels;
    expect(parsed({ catalog: { mine } }).userModels).toEqual({ mine });
  });

  it("are refused with the file and the field", () => {
    const catalog = (configJson: string) => ({ catalog: { mine: { ...identity, configJson } } });
    const number = "Invalid input: expected number, received undefined";
    expect(messageOf(() => parsed(catalog(files.part)))).toBe(
      `${files.part} is invalid:\n${["num_hidden_layers", "num_attention_heads", "vocab_size", "max_position_embeddings"]
        .map((field) => `✖ ${number}\n  → at ${field}`)
        .join("\n")}`,
    );
    expect(messageOf(() => parsed(catalog("stacks/none.json")))).toMatch(/^stacks\/Pulumi\.dev\.yaml names stacks\/none\.json: ENOENT/);
  });
});
