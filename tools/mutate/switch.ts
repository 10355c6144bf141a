/** What Stryker's instrumented code reads and writes in the process of the tests. */
export interface MutantSwitch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  mutantCoverage: Coverage;
}

/** How often each mutant was reached: outside any test (loading the file, `beforeAll`), and in each test. */
export interface Coverage {
  static: Record<string, number>;
  perTest: Record<string, Record<string, number>>;
}

/** One run of one test file. */
export interface RunSettings {
  /** The mutant to switch on; none: the code as it is written. */
  activeMutant?: string;
  /** How often the mutant may be reached before it is taken for an endless loop. */
  hitLimit: number;
}

declare module "vitest" {
  interface ProvidedContext {
    mutation: RunSettings;
  }
  interface TaskMeta {
    coverage?: Coverage;
  }
}
