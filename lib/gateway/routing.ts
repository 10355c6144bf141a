import { ambiguousNames, type RoutedModel } from "./access";

/** Names that clients ask for and that versions answer: for each version the percent of the requests that it gets. */
export type Split = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Servers, each with the model that answers where it cannot. */
export type Fallback = Readonly<Record<string, string>>;

/** Where a name that clients ask for leads. */
export interface Routing {
  readonly models: readonly RoutedModel[];
  readonly split?: Split | undefined;
  readonly fallback?: Fallback | undefined;
}

export interface RoutingFault {
  readonly path: string[];
  readonly message: string;
}

/** Every name that clients may ask for. */
export const askedNames = ({ models, split = {} }: Routing): string[] => [
  ...models.flatMap(({ names }) => names),
  ...Object.keys(split).filter((name) => !models.some(({ names }) => names.includes(name))),
];

/** Names that lead to a server: its own, and those that it answers as one of several versions. */
export const leadingTo = ({ names }: RoutedModel, split: Split = {}): string[] => [
  ...names,
  ...Object.entries(split).flatMap(([name, weights]) => (names.some((own) => (weights[own] ?? 0) > 0) ? [name] : [])),
];

/** The server that answers to a name. */
export const serverOf = (models: readonly RoutedModel[], name: string): RoutedModel | undefined =>
  models.find(({ names }) => names.includes(name));

/** What of the routing cannot be: shares that are not the whole, and names that lead nowhere or to two places. */
export function routingFaults({ models, split = {}, fallback = {} }: Routing): RoutingFault[] {
  return [
    ...ambiguousNames(models).map(({ name, servers }) => ({
      path: ["models"],
      message: `must not share a name: ${name} is answered by ${servers.join(" and ")}`,
    })),
    ...Object.entries(split).flatMap(([name, weights]) => splitFaults(models, name, weights)),
    ...Object.entries(fallback).flatMap(([server, instead]) => fallbackFaults(models, server, instead)),
  ];
}

function splitFaults(models: readonly RoutedModel[], name: string, weights: Readonly<Record<string, number>>): RoutingFault[] {
  const known = models.flatMap(({ names }) => names);
  const path = ["split", name];
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0);
  return [
    ...(known.includes(name) ? [{ path, message: `must not be the name of a model: ${name} is answered by its own server` }] : []),
    ...Object.keys(weights).flatMap((version) =>
      known.includes(version) ? [] : [{ path: [...path, version], message: `must be one of ${known.join(", ")}` }],
    ),
    ...(sum === 100 ? [] : [{ path, message: `must sum to 100, got ${sum}` }]),
  ];
}

function fallbackFaults(models: readonly RoutedModel[], server: string, instead: string): RoutingFault[] {
  const servers = models.map(({ name }) => name);
  const known = models.flatMap(({ names }) => names);
  const path = ["fallback", server];
  if (!servers.includes(server)) return [{ path, message: `must be for one of ${servers.join(", ")}` }];
  if (!known.includes(instead)) return [{ path, message: `must be one of ${known.join(", ")}, got ${instead}` }];
  if (serverOf(models, instead)!.name === server) return [{ path, message: `must be of another server, got ${instead}` }];
  return [];
}
