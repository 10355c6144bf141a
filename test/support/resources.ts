import { readFileSync } from "node:fs";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { parse, type ScalarTag } from "yaml";

import { repoRoot } from "../../tools/lib/paths";
import { optionsOf, type RecordedOptions, registered, secretInputsOf } from "./mocks";

/** A registered resource, as fixtures describe it. */
export interface Recorded {
  /** Type and name. */
  readonly resource: string;
  readonly options: RecordedOptions;
  /** Paths of the secret inputs; absent where none is. */
  readonly secrets?: readonly string[];
  readonly inputs: object;
}

const fixtures = path.join(repoRoot, "test/fixtures");

/** All that is registered, once nothing is on its way, in order of type and name. */
export async function everyResource(): Promise<Recorded[]> {
  await pulumi.runtime.disconnect();
  return inOrder(registered.map(recorded));
}

function recorded({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Recorded {
  const secrets = secretInputsOf(name, type);
  return {
    resource: `${type} ${name}`,
    options: withoutOlderKinds(optionsOf(name, type)),
    ...(secrets.length > 0 ? { secrets } : {}),
    inputs: open(inputs) as object,
  };
}

/** The Kubernetes SDK gives a child aliases for its kind's older API versions. */
function withoutOlderKinds({ aliases = [], ...options }: RecordedOptions): RecordedOptions {
  const own = aliases.filter((alias) => typeof alias === "string" || !alias.type?.startsWith("kubernetes:"));
  return own.length > 0 ? { ...options, aliases: own } : options;
}

/** Resources as a fixture lists them. */
export const resourcesIn = (fixture: string): Recorded[] =>
  inOrder(parse(textIn(fixture), { customTags: [file, environmentFile] }) as Recorded[]);

/** Text of a fixture, without its last line break. */
export const textIn = (fixture: string): string => readFileSync(path.join(fixtures, fixture), "utf8").replace(/\n$/, "");

/** `!file lib/x.txt` in a fixture is the text of that file. */
const file: ScalarTag = { tag: "!file", resolve: (name: string) => readFileSync(path.join(repoRoot, name), "utf8") };

/** `!env-file lib/x.txt` is the text of that file as the value of a variable: Kubernetes makes one dollar of two. */
const environmentFile: ScalarTag = {
  tag: "!env-file",
  resolve: (name: string) => readFileSync(path.join(repoRoot, name), "utf8").replaceAll("$", "$$$$"),
};

const inOrder = (found: Recorded[]): Recorded[] => found.toSorted((a, b) => (a.resource < b.resource ? -1 : 1));

/** Inputs with the values that secrets hold. */
function open(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(open);
  if (secretKey in value) return open((value as unknown as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, open(inner)]));
}
const secretKey = "4dabf18193072939515e22adb298388d";
