import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { parseDocument } from "yaml";

import { undotted } from "../../lib/dns-label";
import { type Environment, EnvironmentError, parseEnvironment } from "../../stacks/environment";
import { UserError } from "./fault";
import { repoRoot } from "./paths";
import { checkSecretsProvider } from "./secrets-provider";

const stacks = path.join(repoRoot, "stacks");
/** File of an environment, from the project's root. */
export const fileOf = (name: string): string => `stacks/Pulumi.${name}.yaml`;

/** What an environment may be called. */
const environmentName = /^[\w-]+$/;

/** The environments that there are. */
export const environmentNames = (): string[] => readdirSync(stacks).flatMap((entry) => /^Pulumi\.([\w-]+)\.yaml$/.exec(entry)?.[1] ?? []);

/** An environment file, read before anything is made. */
export interface EnvironmentFile {
  name: string;
  /** From the project's root. */
  file: string;
  text: string;
  environment: Environment;
}

/** Reads and checks the file of an environment. Every mistake in it is a fault, all at once, each with its path. */
export function readEnvironment(name: string): EnvironmentFile {
  const file = fileOf(name);
  if (!environmentName.test(name) || !existsSync(path.join(repoRoot, file))) {
    const near = undotted(name);
    if (near) throw new UserError(`ENV="${name}": the name of an environment has no dots`, `call it ${near}, in ${fileOf(near)}`);
    throw new UserError(`ENV="${name}": there is no ${file}`, `use one of ${environmentNames().join(", ")}, or make new-env NAME=<name>`);
  }
  return parseEnvironmentFile(name, readFileSync(path.join(repoRoot, file), "utf8"));
}

/** Checks the text of an environment's file, as if it were there. */
export function parseEnvironmentFile(name: string, text: string): EnvironmentFile {
  const file = fileOf(name);
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new UserError(`${file} is not YAML: ${document.errors.map(({ message }) => message).join("\n")}`, "correct the line it names");
  const contents: unknown = document.toJS();
  const config = isObject(contents) ? contents["config"] : undefined;
  if (isObject(contents)) checkSecretsProvider(contents["secretsprovider"], file);
  if (!isObject(config)) throw new UserError(`${file}: there is no "config:" with the settings of the stack`, "see stacks/Pulumi.lab.yaml");
  const own = Object.entries(config).flatMap(([key, value]) => (key.startsWith("slm:") ? [[key.slice(4), value] as const] : []));
  try {
    return { name, file, text, environment: parseEnvironment(name, Object.fromEntries(own), file) };
  } catch (error) {
    if (error instanceof EnvironmentError)
      throw new UserError(error.message, "correct the settings it names; lib/environment/environment.ts says what each may be");
    throw error;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
