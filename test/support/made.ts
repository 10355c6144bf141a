import { readFileSync } from "node:fs";
import path from "node:path";

import { parse } from "yaml";

import { account } from "../../tools/azure-stand-in/answers";
import { context, idIn, origins } from "./azure-mocks";
import { dependenciesOf, optionsOf, type RecordedOptions, registered } from "./mocks";

/** One registration, as fixtures write it. */
export interface Made {
  type: string;
  options?: RecordedOptions;
  /** Names of all resources that it waits for, by an option or by an input. Not of a component, which waits for nothing. */
  after?: string[];
  /** Not of a component. */
  inputs?: unknown;
}

/**
 * Everything registered, by name, with its options and all its inputs. Written for reading: an id, GUID or URL that another resource gave out is
 * that output (`{aks-identity.principalId}`), a secret is `{ secret: … }`, and what all tests share has a name in braces.
 */
export const made = (): Record<string, Made> =>
  Object.fromEntries(registered.map(({ type, name, inputs }) => [name, one(type, name, inputs)]));

function one(type: string, name: string, inputs: unknown): Made {
  const options = ownOptions(optionsOf(name, type));
  const shown = { type: type.replace(/^azure-native:/, ""), ...(Object.keys(options).length > 0 ? { options } : {}) };
  if (type.startsWith("slm:")) return shown;
  const after = dependenciesOf(name, type);
  return { ...shown, ...(after.length > 0 ? { after } : {}), inputs: readable(inputs) };
}

/** Without the aliases by which the SDKs tie each type to its older versions: this project writes none. */
function ownOptions({ aliases = [], customTimeouts, ...options }: RecordedOptions): RecordedOptions {
  const own = aliases.filter((alias) => typeof alias === "string" || !/^(azure-native|kubernetes):/.test(alias.type ?? ""));
  // The engine's protocol, compiled to JavaScript, cannot call a field `delete`.
  const timeouts = Object.entries(customTimeouts ?? {}).map(([key, value]) => [key.replace("pb_", ""), value]);
  return {
    ...options,
    ...(timeouts.length > 0 ? { customTimeouts: Object.fromEntries(timeouts) } : {}),
    ...(own.length > 0 ? { aliases: own } : {}),
  };
}

const wrapped = { key: "4dabf18193072939515e22adb298388d", secret: "1b47061264138c4ac30d75fd1eb44270" };

function readable(value: unknown): unknown {
  if (typeof value === "string") return origins.get(value) ?? named(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  if (object[wrapped.key] === wrapped.secret) return { secret: readable(object["value"]) };
  if (JSON.stringify(sorted(object)) === tags) return "{tags}";
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, readable(inner)]));
}

const sorted = (object: object): [string, unknown][] => Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1));
const tags = JSON.stringify(sorted(context.tags));

const named = (text: string): string =>
  text
    .replace(idIn(""), "{rg-test}/")
    .replaceAll(account.subscriptionId, "{subscription}")
    .replaceAll(account.tenantId, "{tenant}")
    .replaceAll(account.objectId, "{deployer}");

/** What a component makes, as it is written under `test/fixtures/azure`. */
export const fixture = (name: string): unknown => parse(readFileSync(path.resolve(__dirname, `../fixtures/azure/${name}.yaml`), "utf8"));

/** What differs between two things, by path: the new value, or `gone`. A resource that is new or gone is reported by its type alone. */
export function differences(before: Record<string, Made>, after: Record<string, Made>): Record<string, unknown> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.assign(
    {},
    ...names.map((name) => {
      if (!before[name]) return { [name]: after[name]!.type };
      if (!after[name]) return { [name]: gone };
      return changed(flat(before[name], name), flat(after[name], name));
    }),
  );
}

const gone = "gone";

function changed(before: Map<string, unknown>, after: Map<string, unknown>): Record<string, unknown> {
  const keys = [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key));
  return Object.fromEntries(keys.map((key) => [key, after.has(key) ? after.get(key) : gone]));
}

/** Every input and option by its path, as {@link differences} writes it. */
export const paths = (resources: Record<string, Made>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(resources).flatMap(([name, resource]) => [...flat(resource, name)]));

/** `aks-cluster.sku.tier` is an input, `aks-cluster options.protect` is none. */
const flat = ({ inputs, ...rest }: Made, name: string): Map<string, unknown> =>
  new Map([
    ...Object.entries(inputs ?? {}).flatMap(([key, value]) => leaves(value, `${name}.${key}`)),
    ...Object.entries(rest).flatMap(([key, value]) => leaves(value, `${name} ${key}`)),
  ]);

function leaves(value: unknown, at: string): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[at, value]];
  const inner = Object.entries(value);
  if (inner.length === 0) return [[at, Array.isArray(value) ? "[]" : "{}"]];
  return inner.flatMap(([key, item]) => leaves(item, Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`));
}
