import { RunError } from "@pulumi/pulumi";
import { expect, it } from "vitest";

import { loadImages, parseEnvironment } from "../../stacks/config";
import { messageOf } from "../support/errors";

const model = { engine: "ollama", source: { kind: "library", tag: "qwen3:0.6b" } };

it("fills in the defaults", () => {
  expect(parseEnvironment({ models: { chat: model } }, "f")).toEqual({
    kubernetes: { namespace: "slm" },
    images: "stacks/images.json",
    models: { chat: model },
  });
});

it("reports every mistake at once, each with its path, the bound and no stack trace", () => {
  const raw = {
    kubernetes: { namespace: "Slm" },
    extra: 1,
    models: { chat: { ...model, memoryMib: 64, memoryMB: 3 }, "Bad Name": model, other: { engine: "vlm", source: model.source } },
  };
  const message = messageOf(() => parseEnvironment(raw, "stacks/Pulumi.x.yaml"));
  expect(message).toMatch(/^stacks\/Pulumi\.x\.yaml is invalid:\n/);
  for (const part of [
    'Unrecognized key: "extra"',
    'Unrecognized key: "memoryMB"',
    "must be at least 256 MiB",
    "models.chat.memoryMib",
    "kubernetes.namespace",
    'must be "ollama"',
    "models.other.engine",
    'models["Bad Name"]',
  ]) {
    expect(message).toContain(part);
  }
});

it("throws the error that the engine prints without a stack trace", () => {
  expect(() => parseEnvironment({}, "f")).toThrow(RunError);
});

it("refuses an environment without a model", () => {
  expect(() => parseEnvironment({ models: {} }, "f")).toThrow("must name at least one model");
});

it("pins the official images by digest", () => {
  expect(loadImages("stacks/images.json").ollama).toMatch(/^docker\.io\/ollama\/ollama:[\d.]+@sha256:[0-9a-f]{64}$/);
});
