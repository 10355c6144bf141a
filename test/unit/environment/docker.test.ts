import { describe, expect, it } from "vitest";

import { dockerRefusals } from "../../../lib/environment/docker-config";
import { mistakes, parsed, tiny } from "../../support/environments";

const gateway = { host: "localhost", tls: "selfSigned" };
const base = { target: "docker", gateway, consumers: { me: { models: ["chat"] } } };
const onDocker = (more: object = {}) => ({ ...base, ...more });

describe("an environment on Docker", () => {
  it("is one model entry, a gateway, and who may ask; it listens to this machine alone", () => {
    const { target, docker } = parsed(onDocker({ docker: {} }));
    expect([target, docker]).toEqual(["docker", { address: "127.0.0.1", port: 8443 }]);
  });
  it("takes an entry's sources for engines that run elsewhere", () =>
    expect(mistakes(onDocker({ models: { chat: { ...tiny, weights: { vllm: { kind: "image", image: "x" } } } } }))).toEqual([]));
  it("needs its gateway: models are reached by nothing else", () =>
    expect(mistakes({ target: "docker" })).toEqual(["gateway: must be given where the target is docker: models are reached by it alone"]));
  it("takes a port that is nobody's by right", () =>
    expect(mistakes(onDocker({ docker: { port: 443 } }))).toEqual(["docker.port: must be at least 1024"]));
});

describe("what would reach nothing there is refused", () => {
  it.each([
    ["region", "eastus", "nothing is priced or placed by region"],
    ["kubernetes", {}, "there is no cluster"],
    ["pools", [], "there are no nodes"],
    ["clients", [], "who may ask is said by consumers, and from where by docker.address"],
    ["weightsFrom", ["0.0.0.0/0"], "servers have no way out at all, and what downloads weights has all of it"],
    ["scaling", {}, "there is one container of each model"],
    ["monitoring", { mode: "standalone" }, "it watches clusters; docker.monitoring watches this machine"],
  ])("%s", (key, value, why) =>
    expect(mistakes(onDocker({ [key]: value }))).toContain(`${key}: must be left out where the target is docker: ${why}`),
  );
  it.each([
    ["namespace", "slm-gateway"],
    ["exposure", "internal"],
    ["replicas", 2],
  ])("of the gateway, %s, its default too", (key, value) =>
    expect(mistakes(onDocker({ gateway: { ...gateway, [key]: value } }))[0]).toMatch(
      new RegExp(`^gateway\\.${key}: must be left out where the target is docker`),
    ),
  );
  it.each([
    ["replicas", 1],
    ["scaling", {}],
    ["tensorParallel", 1],
    ["gpu", "a10"],
    ["size", "Standard_D2s_v5"],
    ["storage", {}],
    ["nodeLabels", {}],
    ["vllm", {}],
  ])("of a model, %s", (key, value) =>
    expect(mistakes(onDocker({ models: { chat: { ...tiny, [key]: value } } }))[0]).toMatch(
      new RegExp(`^models\\.chat\\.${key}: must be left out where the target is docker`),
    ),
  );
  it("a certificate of a cluster", () =>
    expect(mistakes(onDocker({ gateway: { host: "localhost", tls: { secret: "x" } } }))).toEqual([
      "gateway.tls: must be selfSigned where the target is docker: there is no cluster that keeps another",
    ]));
  it("an engine that does not run there", () =>
    expect(mistakes(onDocker({ models: { chat: { ...tiny, engine: "vllm" } } }))).toEqual([
      "models.chat.engine: must be ollama or onnx where the target is docker, got vllm",
    ]));
  it("weights that Docker cannot mount, of further models too", () => {
    const image = { kind: "image", image: "x", path: "a.gguf" };
    const volume = { kind: "volume", claim: "x", path: "a.gguf" };
    const chat = {
      ...tiny,
      weights: { ollama: image },
      ollama: { additionalModels: { other: { model: "qwen3-0.6b", weights: { ollama: volume } } } },
    };
    expect(mistakes(onDocker({ models: { chat } }))).toEqual([
      "models.chat.weights.ollama.kind: must be huggingFace, library or baked where the target is docker, got image",
      "models.chat.ollama.additionalModels.other.weights.ollama.kind: must be huggingFace, library or baked where the target is docker, got volume",
    ]);
  });
  it("with every other mistake", () =>
    expect(mistakes({ ...base, gateway: undefined, region: 1, models: { chat: { ...tiny, replicas: "x" } } })).toEqual(
      expect.arrayContaining([expect.stringMatching(/^region: /), expect.stringMatching(/^gateway: must be given/)]),
    ));
});

it("the section of another target is refused", () =>
  expect(mistakes({ docker: {} })).toContain("target: must be docker where the section docker is given"));
it("what is no environment is left to its schema", () => expect(dockerRefusals("x")).toEqual([]));
