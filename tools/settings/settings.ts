import { type JsonSchema, settingsSchema } from "./json-schema";

/** One setting of an environment file. */
export interface Setting {
  /** `models.<name>.contextTokens`; entries of a list have no part of their own. */
  readonly path: string;
  readonly meaning: string;
  readonly type: string;
  /** As its name says. Absent: it has none. */
  readonly unit?: string;
  /** Absent: it must be given, or nothing is set. */
  readonly default?: string;
  readonly required: boolean;
  readonly bounds: readonly string[];
  /** What a change of it replaces. Absent: nothing that is known. */
  readonly replaces?: string;
}

/** Units by the end of a name, the longest first. */
const units: readonly (readonly [RegExp, string])[] = [
  [/usdPerMonth$/i, "USD per month of 730 h"],
  [/usdPerHour$/i, "USD per hour"],
  [/gbPerDay$/i, "GB per day"],
  [/mib$/i, "MiB"],
  [/gib$/i, "GiB"],
  [/tokens$/i, "tokens"],
  [/seconds$/i, "seconds"],
  [/hours$/i, "hours"],
  [/days$/i, "days"],
  [/cores$/i, "cores"],
  [/nodes$/i, "nodes"],
];

const sentence = (text: string, word: string): RegExpExecArray | null => new RegExp(`${word}:? (.*?)\\.(?= [A-Z]|$)`).exec(text);

/** Every setting, in the order of the schema; one that several forms of a section share is reported once, with the bounds of all. */
export function allSettings(): Setting[] {
  const found = new Map<string, Setting>();
  walk(settingsSchema({ bounds: true }), "", (path, schema, required) => {
    const setting = settingOf(path, schema, required);
    const known = found.get(path);
    found.set(path, known ? merged(known, setting) : setting);
  });
  return [...found.values()];
}

type Visit = (path: string, schema: JsonSchema, required: boolean) => void;

function walk(schema: JsonSchema, path: string, visit: Visit): void {
  for (const form of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) walk(form, path, visit);
  if (schema.items) walk(schema.items, path, visit);
  if (typeof schema.additionalProperties === "object") walk(schema.additionalProperties, `${path}.<name>`, visit);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = path === "" ? name : `${path}.${name}`;
    visit(at, property, schema.required?.includes(name) ?? false);
    walk(property, at, visit);
  }
}

function settingOf(path: string, schema: JsonSchema, required: boolean): Setting {
  const text = schema.description ?? "";
  const [replaces, fallback] = [sentence(text, "Replaces"), sentence(text, "Default")];
  const meaning = [replaces, fallback]
    .reduce((left, part) => (part ? left.replace(part[0], "") : left), text)
    .replaceAll(/ +/g, " ")
    .trim();
  const unit = schema.type === "number" || schema.type === "integer" ? units.find(([end]) => end.test(path))?.[1] : undefined;
  const given = schema.default === undefined ? fallback?.[1] : JSON.stringify(schema.default);
  return {
    path,
    meaning: schema.const === undefined ? meaning : "Which form this section has.",
    type: typeOf(schema),
    ...(unit ? { unit } : {}),
    ...(given === undefined ? {} : { default: given }),
    required,
    bounds: boundsOf(schema),
    ...(replaces ? { replaces: replaces[1]! } : {}),
  };
}

/** `text`, `list of text`, `names with text`, or the values that there are. */
function typeOf({ type, enum: values, const: only, items, additionalProperties, anyOf, oneOf }: JsonSchema): string {
  if (only !== undefined) return String(only);
  if (values) return values.join(", ");
  const forms = anyOf ?? oneOf;
  if (forms) return [...new Set(forms.map(typeOf))].join(" or ");
  if (items) return `list of ${typeOf(items)}`;
  if (typeof additionalProperties === "object") return `section by name, of ${typeOf(additionalProperties)}`;
  return [type ?? "any"].flat().map(wordOf).join(" or ");
}

const words: Readonly<Record<string, string>> = { string: "text", boolean: "true or false", integer: "whole number", object: "section" };
const wordOf = (type: string): string => words[type] ?? type;

/** The words of the bounds; where a bound has none, its numbers. */
function boundsOf(schema: JsonSchema): string[] {
  const words = schema["x-bounds"] ?? [];
  if (words.length > 0) return [...words];
  const limit = (value: number | undefined): value is number => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
  return [
    ...(limit(schema.minimum) ? [`must be at least ${schema.minimum}`] : []),
    ...(limit(schema.maximum) ? [`must be at most ${schema.maximum}`] : []),
  ];
}

function merged(one: Setting, other: Setting): Setting {
  const types = one.type.split(", ").includes(other.type) ? one.type : `${one.type}, ${other.type}`;
  const { default: _default, ...rest } = one;
  const same = one.default === other.default ? one : rest;
  return { ...same, type: types, required: one.required && other.required, bounds: [...new Set([...one.bounds, ...other.bounds])] };
}
