import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import { fromConfigJson } from "../lib/catalog/from-config-json";
import type { Model } from "../lib/catalog/schema";
import { mistakesIn } from "../lib/environment/arguments";
import { crossFaults, environmentShape, frontDoorFaults, type Environment as Planned, scalerFaults } from "../lib/environment/environment";
import { imageDigests, imagesFile } from "../lib/environment/images-file";
import { userModel } from "../lib/environment/model-schema";
import * as limits from "../lib/limits";
import { policySettings } from "../lib/policy-facts";
import { parseStrictly } from "../lib/schema-messages";
import { lockSchema } from "../lib/weights/lock";

/** A file is named from the project's root. */
const root = path.resolve(__dirname, "..");

/** Absolute path of a file that an environment names. */
export const fromRoot = (file: string): string => path.resolve(root, file);

/** An environment, as written under `config:` in `stacks/Pulumi.<env>.yaml`, without the prefix `slm:`. */
export const environmentSchema = z
  .strictObject({
    ...environmentShape,
    images: z
      .string()
      .default("stacks/images.json")
      .describe("JSON file with the image of each engine by digest, from the project's root."),
    lock: z.string().default("stacks/models.lock.json").describe("Model lock, from the project's root."),
    hfToken: z
      .union(
        [z.strictObject({ secure: z.string().describe("What `pulumi config set --secret hfToken` wrote.") }), limits.variableName],
        "must not be in clear: pulumi config set --secret hfToken, or name a variable: { env: HF_TOKEN }",
      )
      .optional()
      .describe("Hugging Face token: a secret of the stack, or the name of the variable that holds it; never in clear."),
    policies: policySettings.prefault({}).describe("Policy pack: levels, exempt resources, and what it must know of the environment."),
    catalog: z.record(z.string(), userModel).default({}).describe("Models that the catalog lacks, by name."),
  })
  .superRefine(...frontDoorFaults)
  .superRefine(...scalerFaults)
  .superRefine(crossFaults);

/** An environment of this project, parsed, with what the files that it names hold. */
export type Environment = z.infer<typeof environmentSchema> & Planned;

/** What is wrong with an environment's files: every mistake, each with its path. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** Parses an environment and the files that it names; `file` only names the culprit. Throws an {@link EnvironmentError}. */
export function parseEnvironment(name: string, raw: unknown, file: string): Environment {
  const result = parseStrictly(environmentSchema, raw);
  const mistakes = mistakesIn(result, raw);
  if (mistakes !== undefined) throw new EnvironmentError(`${file} is invalid:\n${mistakes}`);
  const environment = result.data!;
  return {
    ...environment,
    name,
    imageDigests: existsSync(fromRoot(environment.images))
      ? imageDigests(checked(imagesFile, readJson(environment.images, file), environment.images))
      : {},
    modelLock: checked(lockSchema, readJson(environment.lock, file), environment.lock),
    userModels: userModels(environment.catalog, file),
  };
}

function checked<T extends z.ZodType>(type: T, raw: unknown, file: string): z.infer<T> {
  const result = parseStrictly(type, raw);
  if (result.success) return result.data;
  throw new EnvironmentError(`${file} is invalid:\n${z.prettifyError(result.error)}`);
}

function readJson(named: string, by: string): unknown {
  try {
    return JSON.parse(readFileSync(fromRoot(named), "utf8"));
  } catch (error) {
    throw new EnvironmentError(`${by} names ${named}: ${(error as Error).message}`);
  }
}

function userModels(catalog: z.infer<typeof environmentSchema>["catalog"], file: string): Record<string, Model> {
  return Object.fromEntries(
    Object.entries(catalog).map(([name, entry]) => {
      if (!("configJson" in entry)) return [name, entry];
      const { configJson, ...identity } = entry;
      const { gated, parameters, ...known } = identity;
      const config = readJson(configJson, file);
      try {
        return [
          name,
          fromConfigJson(config, { ...known, ...(gated === undefined ? {} : { gated }), ...(parameters ? { parameters } : {}) }),
        ];
      } catch (error) {
        if (error instanceof z.ZodError) throw new EnvironmentError(`${configJson} is invalid:\n${z.prettifyError(error)}`);
        throw error;
      }
    }),
  );
}
