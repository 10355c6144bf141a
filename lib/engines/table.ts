/** What an exporter of Prometheus metrics is known by. */
export interface MetricTable {
  /** Where the names were read. */
  readonly sources: readonly string[];
  /** Prometheus metrics by family name. */
  readonly metrics: Readonly<Record<string, MetricSpec>>;
}

/** The shape that every generated engine table satisfies. */
export interface EngineTable extends MetricTable {
  readonly engine: string;
  readonly version: string;
  /** Command-line flags by long name. */
  readonly flags: Readonly<Record<string, FlagSpec>>;
  /** Environment variables the engine reads, with the engine's own type word. */
  readonly environment: Readonly<Record<string, string>>;
  /** HTTP paths it serves. */
  readonly endpoints: readonly string[];
}

/** One command-line flag. */
export interface FlagSpec {
  readonly type: "boolean" | "integer" | "number" | "string" | "list";
  /** Accepted values, where the engine lists them. */
  readonly choices?: readonly (string | number | boolean)[];
  readonly default?: string | number | boolean;
  /** The value is JSON, which may also be written key by key behind a dot: `--flag.key value`. */
  readonly json?: boolean;
  /** A `--no-…` form exists. */
  readonly negatable?: boolean;
  readonly aliases?: readonly string[];
}

/** One metric family. */
export interface MetricSpec {
  readonly type: string;
  readonly labels: readonly string[];
  /** Names on the wire, e.g. `_bucket`, `_sum` and `_count` of a histogram. */
  readonly series: readonly string[];
}
