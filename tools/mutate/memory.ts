import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { fingerprint } from "../lib/paths";
import type { Baseline, Covering } from "./covering";
import type { Mutant, Outcome } from "./mutants";

/** What knows which of this checkout's files a test file imports, directly or through others. */
export interface Imports {
  importedBy(testFile: string): Iterable<string>;
}

type Reader = (file: string) => string;

/**
 * Outcomes of earlier runs. One holds as long as the mutant, and every file that a covering test imports, is the same;
 * `rest` stands for what tests read without importing it.
 */
export class Memory {
  private unsaved = 0;
  private readonly states = new Map<string, string>();

  private constructor(
    private readonly file: string,
    private readonly outcomes: Record<string, Outcome>,
    private readonly rest: string,
    private readonly read: Reader,
  ) {}

  static open(file: string, rest: string, read: Reader): Memory {
    return new Memory(file, existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {}, rest, read);
  }

  /** Learns the state of each test file and of what it imports. */
  know(imports: Imports, baselines: readonly Baseline[]): void {
    for (const { file } of baselines) {
      const imported = [...imports.importedBy(file)].sort();
      this.states.set(file, fingerprint(...imported.flatMap((name) => [name, this.read(name)])));
    }
  }

  recall(mutant: Mutant, covering: readonly Covering[]): Outcome | undefined {
    return this.outcomes[this.key(mutant, covering)];
  }

  keep(mutant: Mutant, covering: readonly Covering[], outcome: Outcome): void {
    this.outcomes[this.key(mutant, covering)] = outcome;
    if (++this.unsaved >= 20) this.save(); // a run that is stopped loses little
  }

  save(): void {
    this.unsaved = 0;
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(this.file, JSON.stringify(this.outcomes));
  }

  private key({ file, line, column, mutator, original, replacement }: Mutant, covering: readonly Covering[]): string {
    const states = covering.flatMap(({ file, tests }) => [file, this.states.get(file)!, ...tests.map(({ id }) => id)]);
    return fingerprint(this.rest, this.read(file), String(line), String(column), mutator, original, replacement, ...states);
  }
}
