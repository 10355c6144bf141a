import type { EngineTable, FlagSpec, MetricTable } from "./table";

/** Flag names that a table, or every table of a union, has. */
export type FlagName<T extends EngineTable> = keyof T["flags"] & string;
/** Metric names that a table, or every table of a union, has. */
export type MetricName<T extends MetricTable> = keyof T["metrics"] & string;
/** Environment variables that a table, or every table of a union, has. */
export type EnvironmentName<T extends EngineTable> = keyof T["environment"] & string;

/** The value a flag takes: one of its choices, or its type. */
export type FlagValue<F> = F extends { readonly choices: readonly (infer C)[] }
  ? C
  : F extends { readonly type: "boolean" }
    ? boolean
    : F extends { readonly type: "integer" | "number" }
      ? number
      : F extends { readonly type: "list" }
        ? readonly string[]
        : string;

type Labels<M> = M extends { readonly labels: readonly (infer L)[] } ? L & string : never;

/**
 * Arguments for one flag. A flag the version lacks, or a value that is not among its choices, does not compile.
 * `false` gives the `--no-…` form where there is one, and nothing where there is none.
 */
export function flag<T extends EngineTable, N extends FlagName<T>>(table: T, name: N, value: FlagValue<T["flags"][N]>): string[] {
  const spec: FlagSpec | undefined = table.flags[name];
  if (!spec) throw new Error(`${table.engine} ${table.version} has no flag ${name}`);
  if (typeof value !== "boolean") return [name, ...[value].flat().map(String)];
  if (value) return [name];
  return spec.negatable ? [name.replace("--", "--no-")] : [];
}

/** A PromQL selector for one metric, `name{label="value"}`. A metric or a label the version lacks does not compile. */
export function selector<T extends MetricTable, N extends MetricName<T>>(
  table: T,
  name: N,
  match: Partial<Record<Labels<T["metrics"][N]>, string>> = {},
): string {
  const [series] = table.metrics[name]!.series;
  const pairs = Object.entries(match).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length > 0 ? `${series}{${pairs.join(",")}}` : series!;
}

/** The name itself; one the version lacks does not compile. */
export function environmentName<T extends EngineTable, N extends EnvironmentName<T>>(_table: T, name: N): N {
  return name;
}
