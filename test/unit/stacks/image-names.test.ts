import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import { defaultVersion } from "../../../lib/engines/tables";
import { builtImages, imageFaults, imageName, imageWarnings, ownImages, verifierImage } from "../../../lib/environment/image-names";
import { imageDigests, imagesFile } from "../../../lib/environment/images-file";
import { planOf } from "../../../lib/environment/plan-request";
import { faultMessage } from "../../../lib/planner/fault";
import { onAzure, parsed, tiny } from "../../support/environments";
import { jsonFiles, pinned } from "../../support/program";

const azure = (build: boolean) => onAzure({ registry: { build } });
const onnx = {
  engine: "onnx",
  model: "smollm2-135m-instruct",
  cpu: true,
  weights: { onnx: { kind: "image", image: pinned("weights") } },
};

it.each([
  ["vllm", 1, "vllm"],
  ["vllm", 0, "vllm-cpu"],
  ["onnx", 1, "onnx-server-cuda"],
  ["onnx", 0, "onnx-server"],
  ["ollama", 1, "ollama"],
  ["ollama", 0, "ollama"],
] as const)("%s on %i GPUs runs the image %s", (engine, gpuCount, image) => {
  expect(imageName({ engine, pod: { gpuCount, cpuCores: 1, memoryMib: 1, shmGib: 0, ephemeralStorageGib: 1, imageVolumeGib: 0 } })).toBe(
    image,
  );
});

it("two images are built from this repository, one for the CPU and one for CUDA", () => {
  expect(ownImages).toEqual({
    "onnx-server": { folder: "images/onnx-server", buildArgs: { VARIANT: "cpu" } },
    "onnx-server-cuda": { folder: "images/onnx-server", buildArgs: { VARIANT: "cuda" } },
  });
  expect(verifierImage).toBe("python");
});

describe("images that the program builds", () => {
  const built = (raw: object) => {
    const environment = parsed(raw);
    return builtImages(environment, planOf(environment));
  };
  const models = { one: onnx, two: onnx, chat: { ...tiny, cpu: true } };

  it("are those of this repository that models need, each once, where a registry is there to take them", () => {
    expect(built({ ...azure(true), models })).toEqual(["onnx-server"]);
    expect(built({ ...azure(false), models })).toEqual([]);
    expect(built({ models })).toEqual([]);
  });

  it("are not those that the images file pins", () => {
    const { images } = jsonFiles({ images: { "onnx-server": pinned("onnx-server") } });
    expect(built({ ...azure(true), models, images })).toEqual([]);
  });
});

describe("images that the images file lacks", () => {
  const { images } = jsonFiles({ images: {} });
  const add = `add it to ${images}, as name@sha256:<64 hex>`;
  const faults = (raw: object, more: Record<string, string> = {}) => {
    const environment = { ...parsed({ images, ...raw }), imageDigests: more };
    return imageFaults(environment, planOf(environment));
  };
  const python = { python: pinned("python") };
  const messages = (raw: object, more?: Record<string, string>) => faults(raw, more).map(faultMessage);
  const missing = (path: string, name: string, fix = add) => `${path}: must be in ${images}, got "${name}"; ${fix}`;
  const official = (name: string) => `${add}, such as ${name} with what \`crane digest ${name}\` prints`;

  it("are the verifier's and the engines', of which an engine's can wait for the update", () => {
    expect(messages({})).toEqual([missing("images", "python"), missing("models.chat.engine", "ollama")]);
    expect(faults({}).map(({ neededBy }) => neededBy)).toEqual([undefined, "update"]);
    expect(messages({}, { ...python, ollama: pinned("ollama") })).toEqual([]);
  });

  it("are the monitoring's, with the release that was tested", () => {
    const standalone = {
      mode: "standalone",
      receivers: { oncall: { kind: "webhook", url: { secret: "oncall", key: "url" } } },
      routes: { critical: "oncall", warning: "oncall" },
      grafana: { adminPassword: { env: "PASSWORD" } },
    };
    expect(messages({ monitoring: standalone }, { ...python, ollama: pinned("ollama") })).toEqual([
      missing("monitoring", "prometheus", official("quay.io/prometheus/prometheus:v3.16.0")),
      missing("monitoring", "alertmanager", official("quay.io/prometheus/alertmanager:v0.34.2")),
      missing("monitoring", "grafana", official("docker.io/grafana/grafana:12.4.3")),
    ]);
  });

  it("can be built where the environment has a registry, if they are this repository's", () => {
    const models = { edge: onnx, chat: { ...tiny, cpu: true } };
    expect(messages({ ...azure(false), models }, python)).toEqual([
      missing("models.edge.engine", "onnx-server", `${add}, or have it built: azure.registry.build: true`),
      missing("models.chat.engine", "ollama"),
    ]);
    expect(messages({ ...azure(true), models }, python)).toEqual([missing("models.chat.engine", "ollama")]);
    expect(messages({ models: { edge: onnx } }, python)).toEqual([missing("models.edge.engine", "onnx-server")]);
  });

  it("are images of adapters and of further models, by their path", () => {
    const vllm = {
      adapters: {
        sql: { source: { kind: "image", image: "sql" }, rank: 8 },
        c: { source: { kind: "image", image: pinned("c") }, rank: 8 },
      },
    };
    const ollama = {
      additionalModels: {
        other: { model: "qwen3-4b", weights: { ollama: { kind: "image", image: "other", path: "x.gguf" } } },
        tag: { model: "qwen3-4b" },
      },
    };
    expect(messages({ models: { chat: { ...tiny, vllm, ollama } } }, { ...python, ollama: pinned("ollama") })).toEqual([
      missing("models.chat.vllm.adapters.sql.source.image", "sql"),
      missing("models.chat.ollama.additionalModels.other.weights.ollama.image", "other"),
    ]);
  });

  it("are images of weights by a name, for every engine that has one, and not those by digest", () => {
    const image = (name: string) => ({ kind: "image", image: name });
    const weights = { vllm: image("a"), ollama: image(pinned("b")), onnx: image("c") };
    const more = { ...python, ollama: pinned("ollama"), c: pinned("c") };
    expect(messages({ models: { chat: { ...tiny, weights } } }, more)).toEqual([missing("models.chat.weights.vllm.image", "a")]);
    expect(faults({ models: { chat: { ...tiny, weights } } }, more)[0]).not.toHaveProperty("neededBy");
  });
});

describe("the version in an image's tag", () => {
  const plan = planOf(parsed({ models: { chat: tiny } }));
  const version = plan.models[0]!.version;
  const warned = (reference: string) => imageWarnings({ imageDigests: { ollama: reference } }, plan);
  const digest = `sha256:${"a".repeat(64)}`;

  it.each([
    `ollama/ollama:${version}@${digest}`,
    `ollama/ollama:v${version}-rocm@${digest}`,
    `host:5000/ollama@${digest}`,
    `ollama:latest@${digest}`,
  ])("is that of the plan, or says nothing, in %s", (reference) => expect(warned(reference)).toEqual([]));

  it.each(["0.1.2", "v0.1.2", "0.1.2-own"])("is another in %s", (tag) =>
    expect(warned(`host:5000/ollama:${tag}@${digest}`)).toEqual([
      `chat: the image ollama is of 0.1.2, and the plan is for ollama ${version}`,
    ]),
  );

  it("says nothing of an image that is not there", () => expect(imageWarnings({ imageDigests: {} }, plan)).toEqual([]));

  it("is that which is planned, of every engine that our own images file pins", () => {
    const ours = imageDigests(imagesFile.parse(JSON.parse(readFileSync("stacks/images.json", "utf8"))));
    const engines = Object.entries(defaultVersion).filter(([engine]) => Object.hasOwn(ours, engine));
    expect(engines).not.toEqual([]);
    for (const [engine, planned] of engines) expect(ours[engine]).toMatch(new RegExp(`:v?${planned.replaceAll(".", "\\.")}@sha256:`));
  });
});

it("a controller of the front door needs its image, where the stack makes one; Envoy's is the controller's to choose", () => {
  const faults = (gateway: object, images: Record<string, string>, limits = {}) => {
    const file = jsonFiles({ images }).images;
    const environment = parsed({
      images: file,
      gateway: { host: "a.example", tls: "selfSigned", ...gateway },
      consumers: { app: { models: ["chat"], ...limits } },
    });
    return imageFaults(environment, planOf(environment)).map(faultMessage);
  };
  const all = { python: pinned("python"), ollama: pinned("ollama") };
  expect(faults({}, all)).toEqual([
    expect.stringMatching(
      /^gateway: must be in \S+, got "envoy-gateway".*such as docker\.io\/envoyproxy\/gateway:v1\.9\.1 with what `crane digest docker\.io\/envoyproxy\/gateway:v1\.9\.1` prints/s,
    ),
  ]);
  expect(faults({}, { ...all, "envoy-gateway": pinned("envoy-gateway") })).toEqual([]);
  expect(faults({ existing: { class: "eg" } }, all)).toEqual([]);
  const limited = faults({}, { ...all, "envoy-gateway": pinned("envoy-gateway") }, { tokensPerMinute: 100 });
  expect(limited.map((fault) => /got "(\w+)"/.exec(fault)![1])).toEqual(["ratelimit", "redis"]);
});
