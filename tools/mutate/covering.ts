import type { Coverage } from "./switch";

/** What a test file did with the code as it is written. */
export interface Baseline {
  file: string;
  coverage: Coverage;
  /** Its passing tests. */
  tests: readonly { id: string; name: string; milliseconds: number }[];
}

/** The tests of one file that reach a mutant. */
export interface Covering {
  file: string;
  tests: readonly { id: string; name: string }[];
  milliseconds: number;
  hits: number;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** The tests that reach a mutant, quickest file first. A mutant reached outside any test can change each test of that file. */
export function coveringTests(mutant: string, baselines: readonly Baseline[]): Covering[] {
  return baselines
    .map(({ file, coverage, tests }) => {
      const outside = coverage.static[mutant] ?? 0;
      const hits = (id: string) => coverage.perTest[id]?.[mutant] ?? 0;
      const reached = tests.filter(({ id }) => outside > 0 || hits(id) > 0);
      return {
        file,
        tests: reached.map(({ id, name }) => ({ id, name })),
        milliseconds: sum(reached.map(({ milliseconds }) => milliseconds)),
        hits: outside + sum(tests.map(({ id }) => hits(id))),
      };
    })
    .filter(({ tests }) => tests.length > 0)
    .sort((a, b) => a.milliseconds - b.milliseconds);
}
