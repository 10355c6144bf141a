/** What is changed, and what follows from it by path. */
export type Row = [change: object, effects: Record<string, unknown>];

/** Rows merged with others that they have nothing in common with, neither in what they change nor in what follows: for what takes long. */
export function batches(rows: readonly Row[]): Row[] {
  const merged: Row[] = [];
  for (const [change, effects] of rows) {
    const index = merged.findIndex(
      ([other, others]) => disjoint(leaves(change), leaves(other)) && disjoint(Object.keys(effects), Object.keys(others)),
    );
    const [into, follows] = merged[index] ?? [{}, {}];
    merged[index < 0 ? merged.length : index] = [merge(into, change), { ...follows, ...effects }];
  }
  return merged;
}

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields of both, those of `change` last. */
export function merge(base: object, change: object): object {
  const fields = Object.entries(change).map(([key, value]) => {
    const before = (base as Fields)[key];
    return [key, isFields(before) && isFields(value) ? merge(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(fields) };
}

const disjoint = (some: readonly string[], others: readonly string[]): boolean => !some.some((key) => others.includes(key));

const leaves = (value: unknown, at = ""): string[] =>
  isFields(value) ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${at}.${key}`)) : [at];
