/** A random number from 0 to 1 with each call; the same seed, the same numbers (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `size` of the items, each as likely as the others, in their own order; all of them when there are not more. */
export function sampleOf<T>(items: readonly T[], size: number, seed: number): T[] {
  const next = random(seed);
  const indices = items.map((_, index) => index);
  for (let at = 0; at < Math.min(size, indices.length); at++) {
    const other = at + Math.floor(next() * (indices.length - at));
    [indices[at], indices[other]] = [indices[other]!, indices[at]!];
  }
  return indices
    .slice(0, size)
    .sort((a, b) => a - b)
    .map((index) => items[index]!);
}

/**
 * Bounds, with 95 % confidence, of the share in all `population` items when `hits` of `size` sampled ones had it: Wilson's interval,
 * with the effective size that a sample without replacement has. A complete sample has no uncertainty.
 */
export function interval(hits: number, size: number, population: number): [number, number] {
  if (size === 0) return [0, 1];
  const share = hits / size;
  if (size >= population) return [share, share];
  const effective = (size * (population - 1)) / (population - size);
  const z = 1.959964;
  const centre = (share + z ** 2 / (2 * effective)) / (1 + z ** 2 / effective);
  const half = (z / (1 + z ** 2 / effective)) * Math.sqrt((share * (1 - share)) / effective + z ** 2 / (4 * effective ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
