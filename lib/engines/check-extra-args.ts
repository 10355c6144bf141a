import { nearest } from "../nearest";
import { closedValues, isListed } from "./closed-values";
import { vllmHistory } from "./data/vllm-history";
import { ownedFlags } from "./owned-flags";
import { flagFields, flagRenames, flagsWithoutHeir } from "./renames";
import type { EngineTable, FlagSpec } from "./table";
import type { EngineName } from "./tables";

type Span = { readonly lastSeen: string; readonly firstAbsent: string };

/** What is wrong with one of the arguments that a user adds. */
export interface ArgumentFault {
  /** Its place in the list. */
  readonly index: number;
  readonly bound: string;
  readonly fix: string;
}

/** One flag as it was written, with the words that follow it. */
interface ParsedFlag {
  readonly index: number;
  /** As the engine's parser reads it: dashes for underscores, without what follows a dot or `=`. */
  readonly name: string;
  /** Keys behind a dot, of a flag that takes JSON. */
  readonly key: string | undefined;
  readonly values: readonly string[];
  /** The first of the words that follow. */
  readonly following: number;
}

/**
 * Every mistake in the arguments that a user adds, in the grammar of the engine's parser: `--flag value`, `--flag=value`, several values of a
 * list, `--flag.key value` of a flag that takes JSON, `-O3`, `--no-flag`. A flag that the plan or the manifest sets is a mistake too.
 */
export function checkExtraArgs(table: EngineTable, args: readonly string[]): ArgumentFault[] {
  if (args.length > 0 && Object.keys(table.flags).length === 0)
    return [{ index: 0, bound: `${table.engine} ${table.version} takes no arguments`, fix: "remove them" }];
  const written = read(args, table);
  const first = written[0]?.index ?? args.length;
  return [...args.slice(0, first).map((word, index) => stray(index, word)), ...written.flatMap((one) => faultsOf(table, one))];
}

/** A whole number, also shortened as vLLM reads it: `25.6k` is 25,600 and `2K` is 2,048 (FlexibleArgumentParser, human_readable_int). */
const wholeNumber = /^(-?\d+|\d+(\.\d+)?[kmgt]|\d+[KMGT])$/;

const isFlag = (word: string): boolean => /^-{1,2}[a-zA-Z]/.test(word);

/** What `-O3` is short for: its own flag, or before that a key of the compiler's configuration. */
const optimization = ({ flags }: EngineTable): string =>
  "--optimization-level" in flags ? "--optimization-level" : "--compilation-config";

function read(args: readonly string[], table: EngineTable): ParsedFlag[] {
  const starts = args.flatMap((word, index) => (isFlag(word) ? [index] : []));
  return starts.map((start, n) => {
    const end = starts[n + 1] ?? args.length;
    const [, level] = /^-O=?(.+)$/.exec(args[start]!) ?? [];
    const [head, inline] = level === undefined ? (args[start]!.split(/=(.*)/s) as [string, string?]) : ["-O", level];
    const [name, ...keys] = (head === "-O" ? optimization(table) : head).split(".");
    const values = [...(inline === undefined ? [] : [inline]), ...args.slice(start + 1, end)];
    const following = start + (inline === undefined ? 1 : 0);
    return { index: start, name: name!.replaceAll("_", "-"), key: keys.length > 0 ? keys.join(".") : undefined, values, following };
  });
}

const stray = (index: number, word: string): ArgumentFault => ({
  index,
  bound: `${JSON.stringify(word)} follows no flag that takes it: the engine would take it for the model to serve`,
  fix: "remove it",
});

function faultsOf(table: EngineTable, written: ParsedFlag): ArgumentFault[] {
  const { index, name } = written;
  const found = lookUp(table, name);
  const owner = ownedFlags[table.engine as EngineName]?.[found?.name ?? name];
  if (owner && !(found?.negated && owner.mayBeTurnedOff)) return [{ index, bound: `${name} ${owner.bound}`, fix: owner.fix }];
  if (!found) return [{ index, ...unknownFlag(table, name) }];
  const closed = written.key === undefined && !found.negated ? closedValues(table, found.name, written.values[0] ?? "") : undefined;
  return valueFaults(written, found.negated ? { type: "boolean" } : found.spec, closed);
}

function lookUp(table: EngineTable, name: string): { name: string; spec: FlagSpec; negated: boolean } | undefined {
  const positive = name.replace("--no-", "--");
  for (const [flag, spec] of Object.entries(table.flags)) {
    if (flag === name || spec.aliases?.includes(name)) return { name: flag, spec, negated: false };
    if (spec.negatable && flag === positive) return { name: flag, spec, negated: true };
  }
  return undefined;
}

function valueFaults({ index, name, key, values, following }: ParsedFlag, spec: FlagSpec, closed?: readonly string[]): ArgumentFault[] {
  const wrong = (bound: string, fix: string): ArgumentFault[] => [{ index, bound: `${name} ${bound}`, fix }];
  const spare = (from: number): ArgumentFault[] => values.slice(from).map((word, n) => stray(following + from + n, word));
  if (key !== undefined) {
    if (!spec.json) return wrong("takes no keys behind a dot", `write ${name} and its value`);
    return values.length === 0 ? [{ index, bound: `${name}.${key} needs a value`, fix: `write ${name}.${key} <value>` }] : spare(1);
  }
  if (spec.type === "boolean") {
    if (values.length === 0) return [];
    const off = spec.negatable ? `, or ${name.replace("--", "--no-")} to turn it off` : "";
    return wrong(`is a switch and takes no value, got ${JSON.stringify(values[0])}`, `write ${name} alone${off}`);
  }
  const [value] = values;
  if (value === undefined) return wrong(`needs a value (${spec.type})`, `write ${name} <value>`);
  const fault = wrongValue(name, value, spec) ?? (closed && !isListed(value, closed) ? notListed(value, closed) : undefined);
  if (fault) return wrong(fault, "correct it");
  return spec.type === "list" ? [] : spare(1);
}

const notListed = (value: string, closed: readonly string[]): string => {
  const near = closed.length > 8 ? nearest(value.toUpperCase(), closed, 3) : closed;
  return `must be one of ${(near.length > 0 ? near : closed).join(", ")}, got ${JSON.stringify(value)}`;
};

/** Flags of JSON that take no plain word instead (engine/arg_utils.py: dictionaries alone). */
const dictionaries = ["--limit-mm-per-prompt", "--mm-processor-kwargs", "--media-io-kwargs"].concat([
  "--override-generation-config",
  "--default-chat-template-kwargs",
]);

function wrongValue(flag: string, value: string, { type, choices, json }: FlagSpec): string | undefined {
  const got = `got ${JSON.stringify(value)}`;
  if (choices && !choices.map(String).includes(value)) return `must be one of ${choices.join(", ")}, ${got}`;
  if (type === "integer" && !wholeNumber.test(value)) return `must be a whole number, ${got}`;
  if (type === "number" && (value.trim() === "" || Number.isNaN(Number(value)))) return `must be a number, ${got}`;
  const plainWord = dictionaries.includes(flag) && !/^\s*\{/.test(value);
  return json && (plainWord || !isJsonObject(value)) ? `must be JSON, ${got}` : undefined;
}

/** Some flags that take JSON also take a plain word; only what looks like JSON has to be it. */
function isJsonObject(value: string): boolean {
  if (!/^\s*[{[]/.test(value)) return true;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function unknownFlag(table: EngineTable, name: string): Pick<ArgumentFault, "bound" | "fix"> {
  const vllm = table.engine === "vllm";
  const past = vllm ? (vllmHistory.removed.flags as Record<string, Span>)[name] : undefined;
  const gone = past ? ` (last read in ${past.lastSeen}, gone by ${past.firstAbsent})` : "";
  const since = vllm ? (vllmHistory.added.flags as Record<string, string>)[name] : undefined;
  const later = since && !past ? ` (first read in ${since})` : "";
  const rename = vllm ? (flagRenames[name] ?? flagFields[name])?.now : undefined;
  const [close] = nearest(name, Object.keys(table.flags), 1);
  // A flag that is gone was spelt right: one that is spelt alike does something else.
  const misled = past || later || (vllm && flagsWithoutHeir.includes(name));
  const owner = close === undefined ? undefined : ownedFlags[table.engine as EngineName]?.[close];
  const meant = owner ? `did you mean ${close}? It ${owner.bound}: ${owner.fix}` : `did you mean ${close}?`;
  const fix = rename ? `use ${rename}` : close && !misled && name.startsWith("--") ? meant : "remove it";
  return { bound: `${name} is not a flag of ${table.engine} ${table.version}${gone}${later}`, fix };
}
