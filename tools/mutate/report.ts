import type { Measured, Result } from "./measure";
import type { Outcome } from "./mutants";
import { interval } from "./sample";

const percent = (share: number): string => (100 * share).toFixed(1);
const indented = (sign: string, text: string): string =>
  text
    .split("\n")
    .map((line) => `    ${sign} ${line.trim()}`)
    .join("\n");

/** At most `count` lines of a text; what is left out is said. */
function shortened(text: string, count = 4): string {
  const lines = text.split("\n");
  return lines.length <= count ? text : [...lines.slice(0, count), `… ${lines.length - count} more lines`].join("\n");
}

/** A mutant that no test noticed: where, what, and which tests ran over it. */
export function survivorText({ mutant, covering }: Result): string {
  const { file, line, column, mutator, original, replacement } = mutant;
  const reached = covering.slice(0, 3).map(({ file, tests }) => {
    const others = tests.length > 2 ? `, and ${tests.length - 2} more` : "";
    return `    reached by ${file}: ${tests
      .slice(0, 2)
      .map(({ name }) => `"${name}"`)
      .join(", ")}${others}`;
  });
  return [
    `  ${file}:${line}:${column} ${mutator}`,
    indented("-", shortened(original)),
    indented("+", shortened(replacement)),
    ...(reached.length > 0 ? reached : ["    reached by no test"]),
    ...(covering.length > 3 ? [`    and by ${covering.length - 3} more test files`] : []),
  ].join("\n");
}

const count = ({ results }: Measured, ...outcomes: Outcome[]): number => results.filter(({ outcome }) => outcomes.includes(outcome)).length;
const noticed = (measured: Measured): number => count(measured, "noticed", "endless");
/** Mutants that a test could have noticed: one that does not compile is no mutant. */
const valid = (measured: Measured): number => measured.results.length - count(measured, "refused");

/** The share of the measured mutants that the tests noticed. */
export const scoreOf = (measured: Measured): number => (valid(measured) === 0 ? 1 : noticed(measured) / valid(measured));

/** One line about a room. */
export function scoreText(name: string, measured: Measured): string {
  const { population, accepted, results } = measured;
  const isSample = results.length < population;
  const [low, high] = interval(noticed(measured), valid(measured), isSample ? population : valid(measured));
  const bounds = isSample ? ` (95 %: ${percent(low)} to ${percent(high)} %)` : "";
  const of = isSample ? `a sample of ${results.length} from ${population} mutants` : `${population} mutants`;
  const left = `${count(measured, "survived")} survived, ${count(measured, "unreached")} reached by no test`;
  const outside = `${count(measured, "refused")} refused by the type checker, ${accepted} accepted`;
  return `${name}: ${percent(scoreOf(measured))} %${bounds} noticed of ${of}: ${noticed(measured)} noticed, ${left}; not counted: ${outside}`;
}
