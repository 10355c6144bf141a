/** A small wrong change of one file. */
export interface Mutant {
  id: string;
  file: string;
  line: number;
  column: number;
  mutator: string;
  original: string;
  replacement: string;
  /** Why it may stay unnoticed, from a `Stryker disable` comment in the file. */
  accepted?: string;
}

/** `refused`: no test noticed it, but it does not compile. */
export type Outcome = "noticed" | "endless" | "survived" | "unreached" | "refused";

export interface Instrumented {
  /** Code that holds all mutants of a file, each behind a switch; by the file's name. */
  sources: Map<string, string>;
  mutants: Mutant[];
}

const silent = { isTraceEnabled: () => false, isDebugEnabled: () => false, isInfoEnabled: () => false, isWarnEnabled: () => true };
const nothing = (): void => undefined;
const logger = { ...silent, isErrorEnabled: () => true, isFatalEnabled: () => true, trace: nothing, debug: nothing, info: nothing };

/** All mutants of these files, given as name and content, by Stryker's mutators. */
export async function instrument(files: ReadonlyMap<string, string>): Promise<Instrumented> {
  const { Instrumenter } = await import("@stryker-mutator/instrumenter"); // ES module
  const instrumenter = new Instrumenter({ ...logger, warn: console.warn, error: console.error, fatal: console.error });
  const inputs = [...files].map(([name, content]) => ({ name, content, mutate: true }));
  const result = await instrumenter.instrument(inputs, { plugins: null, excludedMutations: [], ignorers: [] });
  return {
    sources: new Map(result.files.map(({ name, content }) => [name, content])),
    mutants: result.mutants.map(({ id, fileName, location, mutatorName, replacement, statusReason }) => ({
      id,
      file: fileName,
      line: location.start.line + 1,
      column: location.start.column + 1,
      mutator: mutatorName,
      original: textAt(files.get(fileName)!, location),
      replacement,
      ...(statusReason === undefined ? {} : { accepted: statusReason }),
    })),
  };
}

interface Position {
  line: number;
  column: number;
}

/** The text between two positions, lines and columns counted from 0. */
export function textAt(content: string, { start, end }: { start: Position; end: Position }): string {
  const lines = content.split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column);
  lines[0] = lines[0]!.slice(start.column);
  return lines.join("\n");
}

/** The file's content with one mutant in place. */
export function withMutant(content: string, { line, column, original, replacement }: Mutant): string {
  const lines = content.split("\n");
  const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0) + column - 1;
  return content.slice(0, at) + replacement + content.slice(at + original.length);
}
