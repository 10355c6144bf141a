/** Pieces of PromQL. A matcher is what stands between the braces; an empty one selects everything. */

/** `name{matcher}`, or `name`. */
export const select = (name: string, ...matchers: (string | undefined)[]): string => {
  const inside = matchers.filter(Boolean).join(",");
  return inside ? `${name}{${inside}}` : name;
};

/** What any of the expressions gives; undefined when there is none. The left one wins where two give the same series. */
export const anyOf = (expressions: readonly (string | undefined)[]): string | undefined =>
  [...new Set(expressions.filter((expression) => expression !== undefined))].join(" or ") || undefined;

/** `sum by (labels) (expression)`, and the like. */
export const aggregate = (operator: "sum" | "max" | "count" | "avg" | "min", labels: readonly string[], expression: string): string =>
  `${operator} by (${labels.join(", ")}) (${expression})`;

/** Per-second rate over a window, summed by labels. */
export const rateBy = (labels: readonly string[], selected: string, window: string): string =>
  aggregate("sum", labels, `rate(${selected}[${window}])`);

/** A quantile of a classic histogram's buckets, by labels. */
export const quantileBy = (quantile: number, labels: readonly string[], buckets: string, window: string): string =>
  `histogram_quantile(${quantile}, ${rateBy([...labels, "le"], buckets, window)})`;

/** Matches a bucket's bound as written with and without decimals: Prometheus 3 writes `1.0` where older ones keep `1`. */
export const bucketBound = (seconds: number): string => (Number.isInteger(seconds) ? `le=~"${seconds}(\\\\.0)?"` : `le="${seconds}"`);

/** The series with a label taken from another one by a regular expression with one group. */
export const relabelled = (expression: string, target: string, source: string, pattern: string): string =>
  `label_replace(${expression}, "${target}", "$1", "${source}", "${pattern}")`;
