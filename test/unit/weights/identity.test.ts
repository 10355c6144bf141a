import { describe, expect, it } from "vitest";

import { claimLabel, shortName, weightsHash } from "../../../lib/weights/identity";
import type { Weights } from "../../../lib/weights/source";

const files = { "a.bin": "a".repeat(64), "b.bin": "b".repeat(64) };
const weights: Weights = {
  source: { kind: "huggingFace", repository: "acme/model", revision: "c0ffee1" },
  lock: { revision: "c0ffee1", files },
};
const volume = { gib: 20, class: "fast", shared: true };
const hash = weightsHash([weights], volume);

describe("the hash of weights", () => {
  it("is ten hexadecimal digits", () => expect(hash).toMatch(/^[0-9a-f]{10}$/));

  it.each<[string, Weights[], Parameters<typeof weightsHash>[1]]>([
    ["another repository", [{ ...weights, source: { ...weights.source, repository: "acme/other" } as Weights["source"] }], volume],
    ["another revision of the source", [{ ...weights, source: { ...weights.source, revision: "c0ffee2" } as Weights["source"] }], volume],
    ["another folder", [{ ...weights, source: { ...weights.source, path: "int4" } as Weights["source"] }], volume],
    ["another kind of source", [{ ...weights, source: { kind: "volume", claim: "acme" } }], volume],
    ["another locked revision", [{ ...weights, lock: { revision: "c0ffee2", files } }], volume],
    ["another file", [{ ...weights, lock: { revision: "c0ffee1", files: { ...files, "c.bin": "c".repeat(64) } } }], volume],
    ["other bytes in a file", [{ ...weights, lock: { revision: "c0ffee1", files: { ...files, "a.bin": "c".repeat(64) } } }], volume],
    ["no lock", [{ source: weights.source }], volume],
    ["more weights", [weights, weights], volume],
    ["another size of the volume", [weights], { ...volume, gib: 21 }],
    ["another class", [weights], { ...volume, class: "slow" }],
    ["the cluster's own class", [weights], { gib: 20, shared: true }],
    ["a volume of one node", [weights], { gib: 20, class: "fast" }],
    ["no volume", [weights], undefined],
  ])("is another for %s", (_what, others, at) => expect(weightsHash(others, at)).not.toBe(hash));

  it("is the same whatever the order of keys, and for what is left out in another way", () => {
    const turned: Weights = {
      lock: { files: Object.fromEntries(Object.entries(files).toReversed()), revision: "c0ffee1" },
      source: { revision: "c0ffee1", repository: "acme/model", kind: "huggingFace" },
    };
    expect(weightsHash([turned], { shared: true, class: "fast", gib: 20 })).toBe(hash);
    expect(weightsHash([weights], { gib: 20, class: undefined, shared: undefined })).toBe(weightsHash([weights], { gib: 20 }));
  });

  it("is the same for what does not change the bytes: licence and sizes", () => {
    expect(weightsHash([{ ...weights, lock: { ...weights.lock!, licence: "mit", sizes: { "a.bin": 7 } } }], volume)).toBe(hash);
  });
});

it("the label of a claim is a key that Kubernetes takes, however long the claim's name", () => {
  const keys = ["a".repeat(253), `${"a".repeat(252)}b`].map(claimLabel);
  for (const key of keys) expect(key).toMatch(/^slm-stack\/claim-[0-9a-f]{10}$/);
  expect(new Set(keys).size).toBe(2);
});

it("a name is at most as long as a label's value, and still tells long names apart", () => {
  expect(shortName("a".repeat(63))).toBe("a".repeat(63));
  const [one, other] = ["a".repeat(64), `${"a".repeat(63)}b`].map(shortName);
  expect(one).toMatch(/^a{52}-[0-9a-f]{10}$/);
  expect(other).not.toBe(one);
});
