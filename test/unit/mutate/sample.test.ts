import { describe, expect, it } from "vitest";

import { interval, sampleOf } from "../../../tools/mutate/sample";

const hundred = Array.from({ length: 100 }, (_, index) => index);

describe("a sample", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(sampleOf(hundred, 10, 1)).toEqual(sampleOf(hundred, 10, 1));
    expect(sampleOf(hundred, 10, 1)).not.toEqual(sampleOf(hundred, 10, 2));
  });

  it("holds as many items as asked for, each once, in their own order", () => {
    const sample = sampleOf(hundred, 30, 7);
    expect(new Set(sample).size).toBe(30);
    expect(sample).toEqual([...sample].sort((a, b) => a - b));
  });

  it("is everything where there is not more", () => {
    expect(sampleOf([1, 2, 3], 3, 1)).toEqual([1, 2, 3]);
    expect(sampleOf([1, 2, 3], Number.POSITIVE_INFINITY, 1)).toEqual([1, 2, 3]);
    expect(sampleOf([], 3, 1)).toEqual([]);
  });

  it("prefers no item: over many seeds, each is chosen about as often", () => {
    const chosen = hundred.map(() => 0);
    for (let seed = 0; seed < 2000; seed++) for (const item of sampleOf(hundred, 10, seed)) chosen[item]!++;
    // 200 expected, with a standard deviation of 13.
    expect(Math.min(...chosen)).toBeGreaterThan(140);
    expect(Math.max(...chosen)).toBeLessThan(260);
  });
});

describe("the interval of a share", () => {
  it("is Wilson's for a small part of a large population", () => {
    const [low, high] = interval(80, 100, 1e9);
    expect(low).toBeCloseTo(0.7112, 4);
    expect(high).toBeCloseTo(0.8666, 4);
  });

  it("is narrower the more of the population is known, and a point when all is", () => {
    const [low, high] = interval(80, 100, 200);
    expect(low).toBeCloseTo(0.739, 4);
    expect(high).toBeCloseTo(0.8497, 4);
    expect(interval(80, 100, 100)).toEqual([0.8, 0.8]);
  });

  it("stays between 0 and 1, and says nothing of nothing", () => {
    expect(interval(0, 10, 1e9)[0]).toBe(0);
    expect(interval(0, 10, 1e9)[1]).toBeCloseTo(0.2775, 4);
    expect(interval(10, 10, 1e9)[1]).toBe(1);
    expect(interval(0, 0, 10)).toEqual([0, 1]);
  });
});
