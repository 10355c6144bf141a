import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { addressOf, resources } from "./resources";
import { unknownValue } from "./validate";

/** The part of a package's serialisation tables that is read. */
interface Mapper {
  serializedName?: string;
  required?: boolean;
  readOnly?: boolean;
  constraints?: Record<string, number | RegExp | boolean>;
  type: {
    name: string;
    className?: string;
    modelProperties?: Record<string, Mapper>;
    element?: Mapper;
    value?: Mapper;
    allowedValues?: unknown[];
  };
}

type Mappers = Record<string, Mapper>;
type Value = Record<string, unknown>;

const load = createRequire(__filename);
const folder = (name: string): string => {
  const entry = load.resolve(name);
  return path.join(entry.slice(0, entry.lastIndexOf(path.join("node_modules", name))), "node_modules", name);
};

const mappersOf = (name: string): Mappers => {
  const files = ["dist/commonjs/models/mappers.js", "dist-esm/src/models/mappers.js"].map((file) => path.join(folder(name), file));
  return load(files.find((file) => existsSync(file))!);
};

/** What Microsoft's own client would not send, or would refuse to: a second opinion, from a source that has nothing to do with Pulumi. */
export function secondOpinion(type: string, inputs: Value): string[] {
  const opinion = resources[type]?.opinion;
  if (!opinion) return [];
  const own = new Set(addressOf(type));
  const body = Object.fromEntries(Object.entries(inputs).filter(([key, value]) => !own.has(key) && value !== undefined));
  const source = `${opinion.package} (API ${opinion.apiVersion})`;
  if ("serializer" in opinion)
    return lost(body, serialized(opinion.package, opinion.serializer, body)).map((leaf) => `${leaf}: ${source} drops it`);
  const mappers = mappersOf(opinion.package);
  const mapper = mappers[opinion.mapper];
  if (!mapper) throw new Error(`${opinion.package} has no table ${opinion.mapper}`);
  return composite(mapper, body, "", mappers).map((problem) => `${problem} (${source})`);
}

function serialized(name: string, [file, serializer]: [string, string], body: Value): unknown {
  const models = load(path.join(folder(name), "dist/commonjs/models", file)) as Record<string, (item: Value) => unknown>;
  return models[serializer]!(body);
}

/** Leaves of `before` that are not in `after`; the wire format's `properties` are transparent. */
function lost(before: unknown, after: unknown): string[] {
  const kept = new Set(leaves(after));
  return leaves(before).filter((leaf) => !kept.has(leaf));
}

function leaves(value: unknown, at = ""): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${at}[${index}]`));
  if (typeof value !== "object") return [at];
  return Object.entries(value).flatMap(([key, item]) =>
    leaves(item, at ? (key === "properties" ? at : `${at}.${key}`) : key === "properties" ? "" : key),
  );
}

/** Properties of a table by the name that the SDK gives them: the wire's, without the envelope `properties`, and in camel case. */
function fieldsOf(mapper: Mapper, mappers: Mappers): Map<string, Mapper> {
  const model = mapper.type.modelProperties ?? mappers[mapper.type.className ?? ""]?.type.modelProperties ?? {};
  return new Map(
    Object.values(model).flatMap((field) => {
      const wire = field.serializedName?.replace(/^properties\./, "").replaceAll("\\\\.", ".");
      const name = wire?.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return name ? [[name, field] as const] : [];
    }),
  );
}

function composite(mapper: Mapper, value: Value, at: string, mappers: Mappers): string[] {
  const fields = fieldsOf(mapper, mappers);
  const below = (key: string): string => (at ? `${at}.${key}` : key);
  const missing = [...fields].filter(([key, field]) => field.required && !field.readOnly && !key.includes(".") && value[key] === undefined);
  return [
    ...missing.map(([key]) => `${below(key)}: is required`),
    ...Object.entries(value).flatMap(([key, inner]) => {
      if (inner === undefined || inner === null) return [];
      const field = fields.get(key);
      if (!field) return [`${below(key)}: is not sent`];
      if (field.readOnly) return [`${below(key)}: is read-only`];
      return checkValue(field, inner, below(key), mappers);
    }),
  ];
}

function checkValue(mapper: Mapper, value: unknown, at: string, mappers: Mappers): string[] {
  if (value === unknownValue) return [];
  const { name, element, value: item, allowedValues } = mapper.type;
  const wrong = (expected: string): string[] => [`${at}: must be ${expected}, got ${JSON.stringify(value)}`];
  if (name === "Composite") return isRecord(value) ? composite(mapper, value, at, mappers) : wrong("an object");
  if (name === "Sequence")
    return Array.isArray(value)
      ? value.flatMap((inner, index) => checkValue(element!, inner, `${at}[${index}]`, mappers))
      : wrong("a list");
  if (name === "Dictionary") return dictionary(item!, value, at, mappers);
  if (name === "Enum") return allowedValues!.includes(value) ? [] : wrong(`one of ${allowedValues!.join(", ")}`);
  if (["String", "Number", "Boolean"].includes(name) && typeof value !== name.toLowerCase()) return wrong(`a ${name.toLowerCase()}`);
  return bounds(mapper.constraints ?? {}, value).flatMap(wrong);
}

/** A set that the wire keeps as a dictionary (identities by their id) is a list in the SDK. */
function dictionary(item: Mapper, value: unknown, at: string, mappers: Mappers): string[] {
  if (Array.isArray(value))
    return value.every((id) => id === unknownValue || typeof id === "string") ? [] : [`${at}: must be a list of ids`];
  if (!isRecord(value)) return [`${at}: must be a map, got ${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, inner]) => checkValue(item, inner, `${at}.${key}`, mappers));
}

function bounds(
  { InclusiveMinimum, InclusiveMaximum, MinLength, MaxLength, Pattern }: NonNullable<Mapper["constraints"]>,
  value: unknown,
): string[] {
  const size = typeof value === "string" ? value.length : Number.NaN;
  return [
    ...(InclusiveMinimum !== undefined && Number(value) < Number(InclusiveMinimum) ? [`at least ${InclusiveMinimum}`] : []),
    ...(InclusiveMaximum !== undefined && Number(value) > Number(InclusiveMaximum) ? [`at most ${InclusiveMaximum}`] : []),
    ...(MinLength !== undefined && size < Number(MinLength) ? [`at least ${MinLength} characters`] : []),
    ...(MaxLength !== undefined && size > Number(MaxLength) ? [`at most ${MaxLength} characters`] : []),
    ...(Pattern instanceof RegExp && !Pattern.test(String(value)) ? [`like ${Pattern.source}`] : []),
  ];
}

const isRecord = (value: unknown): value is Value => typeof value === "object" && value !== null && !Array.isArray(value);
