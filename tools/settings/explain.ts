import { nearest } from "../../lib/nearest";
import { UserError } from "../lib/fault";
import type { Setting } from "./settings";

/**
 * The settings that a key names: a path as it is written (`models.chat.contextTokens`, with or without `slm:`), with a name of yours or `<name>`
 * where there is one; or else the last part of one or more of them.
 */
export function settingsNamed(key: string, all: readonly Setting[]): Setting[] {
  const wanted = key
    .replace(/^slm:/, "")
    .split(".")
    .filter((part) => !/^\d+$/.test(part));
  const exact = all.filter(({ path }) => matches(path.split("."), wanted));
  const found = exact.length > 0 ? exact : all.filter(({ path }) => path.split(".").at(-1) === wanted.at(-1) && wanted.length === 1);
  if (found.length > 0) return found;
  const near = nearestPaths(
    wanted,
    all.map(({ path }) => path),
  );
  throw new UserError(
    `KEY: must be a setting of an environment, got "${key}"`,
    near.length > 0 ? `the nearest are ${near.join(", ")}` : "make explain KEY=models lists those of a section",
  );
}

/** Paths whose last part is like the one that is wanted, those of the same section first. */
function nearestPaths(wanted: readonly string[], paths: readonly string[]): string[] {
  const lastOf = (path: string): string => path.split(".").at(-1)!;
  const names = nearest(wanted.at(-1) ?? "", [...new Set(paths.map(lastOf))]);
  const inSection = (path: string): boolean => matches(path.split(".").slice(0, -1), wanted.slice(0, -1));
  const found = paths.filter((path) => names.includes(lastOf(path)));
  const order = (path: string): number => names.indexOf(lastOf(path)) + (inSection(path) ? 0 : names.length);
  return found.sort((a, b) => order(a) - order(b)).slice(0, 5);
}

const matches = (path: readonly string[], wanted: readonly string[]): boolean =>
  path.length === wanted.length && path.every((part, index) => part === wanted[index] || part === "<name>");

/** A setting as people read it, with the settings of its section. */
export function explained(setting: Setting, all: readonly Setting[]): string {
  const { path, meaning, type, unit, required, bounds, replaces } = setting;
  const under = all.filter((other) => parents(path).includes(other.path.slice(0, other.path.lastIndexOf("."))));
  const line = (name: string, text: string | undefined): string[] => (text ? [`  ${name.padEnd(9)} ${text}`] : []);
  return [
    path,
    ...line("meaning", meaning),
    ...line("type", type),
    ...line("unit", unit),
    ...line("default", setting.default ?? (required ? "none: it must be given" : undefined)),
    ...line("bound", bounds.join("; ") || planned(setting)),
    ...line("replaces", replaces),
    ...(under.length > 0 ? ["  settings", ...under.map((other) => `    ${other.path}`)] : []),
  ].join("\n");
}

const parents = (path: string): string[] => [path, `${path}.<name>`];

/** Numbers of a model have no bound of their own: the planner knows it. */
const planned = ({ path, type }: Setting): string | undefined =>
  path.startsWith("models.") && (type === "number" || type === "whole number")
    ? "the model's and the engine's: make plan checks it"
    : undefined;
