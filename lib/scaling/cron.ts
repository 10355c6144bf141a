/** Fields of a cron expression as KEDA reads them (robfig/cron: minute, hour, day of the month, month, day of the week), with their bounds and names. */
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const fields: readonly { name: string; low: number; high: number; names?: readonly string[] }[] = [
  { name: "minute", low: 0, high: 59 },
  { name: "hour", low: 0, high: 23 },
  { name: "day of the month", low: 1, high: 31 },
  { name: "month", low: 1, high: 12, names: months },
  { name: "day of the week", low: 0, high: 6, names: days },
];

type Field = (typeof fields)[number];

/** What is wrong with a cron expression of five fields; undefined: nothing. */
export function cronFault(text: string): string | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length)
    return `must have 5 fields, such as 0 8 * * 1-5: minute, hour, day of the month, month, day of the week; it has ${parts.length}`;
  const wrong = fields.findIndex((field, index) => !parts[index]!.split(",").every((term) => isTerm(term, field)));
  if (wrong < 0) return undefined;
  const { name, low, high } = fields[wrong]!;
  return `must have *, numbers from ${low} to ${high}, ranges or lists as its ${name}; it has ${parts[wrong]}`;
}

/** One term of a list: `*`, a number, a range, each with a step or without. */
function isTerm(term: string, field: Field): boolean {
  const [, range, step] = /^([^/]+)(?:\/(\d+))?$/.exec(term) ?? [];
  if (range === undefined || Number(step ?? 1) < 1) return false;
  if (range === "*") return true;
  const [from, to, more] = range.split("-").map((value) => numberOf(value, field));
  return more === undefined && inside(from, field) && (!range.includes("-") || (inside(to, field) && from! <= to!));
}

/** A number, or a name's number; NaN: neither. */
function numberOf(text: string, { low, names = [] }: Field): number {
  const named = names.indexOf(text.toLowerCase());
  return named >= 0 ? low + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

const inside = (value: number | undefined, { low, high }: Field): boolean => value !== undefined && value >= low && value <= high;

/** Whether there is a time zone of that name. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return !/^[+-]/.test(name); // an offset has no name that KEDA could load
  } catch {
    return false;
  }
}
