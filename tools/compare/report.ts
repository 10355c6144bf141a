import type { Figure, Level, Spread } from "./figures";

/** One server with its model, and what was measured of it. */
export interface Row {
  readonly environment: string;
  /** Name that clients ask for. */
  readonly model: string;
  /** What it is by the catalog, and where its weights are from. */
  readonly catalog: string;
  readonly weights: string;
  readonly engine: string;
  readonly version: string;
  readonly device: string;
  readonly replicas: number;
  /** Most memory of a server while it was asked, without that of GPUs. */
  readonly memoryMib: Figure;
  /** Weights as the server's disk holds them. */
  readonly diskMib: Figure;
  /** From the start of a server until it is ready. */
  readonly loadSeconds: Figure;
  readonly answers: readonly { readonly question: string; readonly text: string; readonly failed: boolean }[];
  readonly levels: readonly Level[];
}

/** A comparison as its JSON file holds it. */
export interface Report {
  readonly began: string;
  readonly settings: { readonly concurrency: number; readonly requests: number; readonly tokens: number };
  readonly rows: readonly Row[];
}

export const nameOf = ({ environment, model }: Pick<Row, "environment" | "model">): string => `${environment}/${model}`;

/** A figure as people read it. */
export const textOf = (figure: Figure, digits: number): string => (typeof figure === "number" ? figure.toFixed(digits) : "unknown");

/** A figure that is shown of each row. */
export interface Shown {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  /** Figures of a row by what they are called; one alone has no name. */
  readonly of: (row: Row) => readonly { readonly label: string; readonly figure: Figure }[];
}

const perLevel =
  (pick: (level: Level) => readonly [string, Figure][]) =>
  ({ levels }: Row) =>
    levels.flatMap((level) =>
      pick(level).map(([name, figure]) => ({
        label: `${level.concurrency === 1 ? "one at a time" : `${level.concurrency} at once`}${name}`,
        figure,
      })),
    );

const spread =
  (pick: (level: Level) => Spread, factor: number) =>
  (level: Level): [string, Figure][] => {
    const { p50, p95 } = pick(level);
    const scaled = (figure: Figure): Figure => (typeof figure === "number" ? figure * factor : figure);
    return [
      [", p50", scaled(p50)],
      [", p95", scaled(p95)],
    ];
  };

const alone = (pick: (row: Row) => Figure) => (row: Row) => [{ label: "", figure: pick(row) }];

/** All that is compared, in order. */
export const shown: readonly Shown[] = [
  { title: "Time to first token", unit: "ms", digits: 0, of: perLevel(spread(({ ttftSeconds }) => ttftSeconds, 1000)) },
  { title: "Time per output token", unit: "ms", digits: 1, of: perLevel(spread(({ tpotSeconds }) => tpotSeconds, 1000)) },
  { title: "Output tokens per second, all requests", unit: "tokens/s", digits: 1, of: perLevel((level) => [["", level.tokensPerSecond]]) },
  { title: "Most memory while asked", unit: "MiB", digits: 0, of: alone(({ memoryMib }) => memoryMib) },
  { title: "Start until ready", unit: "s", digits: 1, of: alone(({ loadSeconds }) => loadSeconds) },
  { title: "Weights on disk", unit: "MiB", digits: 0, of: alone(({ diskMib }) => diskMib) },
];

/** Why figures are not known. */
export const unknownOf = (rows: Report["rows"]): string[] =>
  rows.flatMap((row) => {
    const figures: [string, Figure][] = [
      ["memory", row.memoryMib],
      ["load time", row.loadSeconds],
      ["disk", row.diskMib],
    ];
    return figures.flatMap(([name, figure]) =>
      typeof figure === "number" ? [] : [`${nameOf(row)}: ${name} is unknown: ${figure.unknown}`],
    );
  });

/** Requests that failed, a line for each model and level. */
export const failuresOf = (rows: Report["rows"]): string[] =>
  rows.flatMap((row) => [
    ...row.answers.filter(({ failed }) => failed).map(({ question, text }) => `${nameOf(row)}: "${question}" failed: ${text}`),
    ...row.levels
      .filter(({ failed }) => failed > 0)
      .map(({ concurrency, failed, requests, reasons }) => {
        return `${nameOf(row)}: ${failed} of ${requests} requests failed with ${concurrency} at once: ${reasons.join("; ")}`;
      }),
  ]);
