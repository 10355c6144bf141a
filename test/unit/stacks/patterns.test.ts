import { expect, it } from "vitest";

import { mistakes, modelMistakes, onAzure } from "../../support/environments";

const offset = (utcOffset: string) => mistakes(onAzure({ upgrades: { utcOffset } }));
const startTime = (text: string) => mistakes(onAzure({ upgrades: { startTime: text } }));
const version = (kubernetesVersion: string) => mistakes(onAzure({ kubernetesVersion }));
const month = (from: string) => mistakes(onAzure({ observability: { alertEmails: ["a@example.com"], budget: { usdPerMonth: 1, from } } }));
const host = (name: string) => mistakes({ weightsFrom: [{ name }], kubernetes: { dataPlane: "cilium" } });
const weights = (engine: string, source: object) => modelMistakes({ weights: { [engine]: source } });
const repository = (text: string) => weights("vllm", { kind: "huggingFace", repository: text });
const tag = (text: string) => weights("ollama", { kind: "library", tag: text });
const keepAlive = (text: string) => modelMistakes({ ollama: { keepAlive: text } });

/** Settings with a pattern, and a value that each takes. */
const patterns: [string, (text: string) => string[], string][] = [
  ["utcOffset", offset, "+01:00"],
  ["startTime", startTime, "23:59"],
  ["kubernetesVersion", version, "1.36"],
  ["from", month, "2026-12"],
  ["name", host, "*.hf.co"],
  ["name", host, "huggingface.co"],
  ["repository", repository, "org/name"],
  ["tag", tag, "qwen3:0.6b"],
  ["keepAlive", keepAlive, "30m"],
];

it.each(patterns)("%s: a right value is taken alone, and refused with anything before or behind it", (setting, refusals, right) => {
  expect(refusals(right)).toEqual([]);
  for (const wrong of [` ${right}`, `!${right}`, `${right} `]) {
    const reported = refusals(wrong);
    expect([wrong, reported.length]).toEqual([wrong, 1]);
    expect(reported[0]).toContain(`${setting}: must be `);
  }
});

it("hosts are at least two labels, the last of two letters or more", () => {
  expect(host("hf.c")).toHaveLength(1);
  expect(host("hf.c1")).toHaveLength(1);
  expect(host("cdn-1.hf.co")).toEqual([]);
});

it("the mirror of Hugging Face answers by http or https, and nothing that only begins so", () => {
  expect(mistakes({ hfEndpoint: "http://mirror.example" })).toEqual([]);
  expect(mistakes({ hfEndpoint: "httpsx://mirror.example" })).toEqual(["hfEndpoint: must be a URL"]);
});
