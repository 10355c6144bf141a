import { nearest } from "../../lib/nearest";
import { objectOf, type Properties, type Shape } from "./declarations";

/** How the engine writes a value that a preview does not know yet. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const signature = "4dabf18193072939515e22adb298388d";
const secret = "1b47061264138c4ac30d75fd1eb44270";
const output = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Stands for a value that a preview does not know yet. */
export const unknownValue = Symbol("unknown");

/** A value without its wrappings: secrets and outputs opened, unknown ones marked. */
export function plain(value: unknown): unknown {
  if (value === unknown) return unknownValue;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const wrapped = value as Record<string, unknown>;
  if (wrapped[signature] === secret) return plain(wrapped["value"]);
  if (wrapped[signature] === output) return "value" in wrapped ? plain(wrapped["value"]) : unknownValue;
  return Object.fromEntries(Object.entries(wrapped).map(([key, inner]) => [key, plain(inner)]));
}

/** Everything that is wrong with `value`, measured by the SDK's declarations; each with its path. */
export function problemsOf(properties: Properties, value: Record<string, unknown>, path: string, type: string): string[] {
  const unknownKeys = Object.keys(value).filter((key) => !(key in properties) && value[key] !== undefined);
  const missing = Object.entries(properties).filter(([key, { required }]) => required && isAbsent(value[key]));
  return [
    ...unknownKeys.map((key) => `${at(path, key)}: ${type} has no such property${hint(key, Object.keys(properties))}`),
    ...missing.map(([key]) => `${at(path, key)}: ${type} requires it`),
    ...Object.entries(properties).flatMap(([key, { shape }]) => (isAbsent(value[key]) ? [] : check(shape, value[key], at(path, key)))),
  ];
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;
const at = (path: string, key: string): string => (path ? `${path}.${key}` : key);

function hint(key: string, known: string[]): string {
  const [close] = nearest(key, known);
  return close ? `; did you mean ${close}?` : "";
}

function check(shape: Shape, value: unknown, path: string): string[] {
  if (value === unknownValue || shape.kind === "any") return [];
  const wrong = (expected: string): string[] => [`${path}: must be ${expected}, got ${JSON.stringify(value)}`];
  switch (shape.kind) {
    case "string":
    case "number":
    case "boolean":
      return typeof value === shape.kind ? [] : wrong(`a ${shape.kind}`);
    case "enum":
      return shape.values.includes(String(value)) ? [] : wrong(`one of ${shape.values.join(", ")} (${shape.name})`);
    case "list":
      return Array.isArray(value) ? value.flatMap((item, index) => check(shape.of, item, `${path}[${index}]`)) : wrong("a list");
    case "map":
      return isRecord(value) ? Object.entries(value).flatMap(([key, item]) => check(shape.of, item, at(path, key))) : wrong("a map");
    case "object":
      return isRecord(value) ? problemsOf(objectOf(shape.name), value, path, shape.name) : wrong(shape.name);
    case "union":
      return closest(shape.of.map((choice) => check(choice, value, path)));
  }
}

/** The branch of a union that fits best is the one whose complaints are shown. */
const closest = (branches: string[][]): string[] => branches.reduce((best, next) => (next.length < best.length ? next : best));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
