import { z } from "zod";

import { modelSchema } from "../catalog/schema";
import * as limits from "../limits";
import { parseStrictly } from "../schema-messages";
import { lockSchema } from "../weights/lock";
import { dockerRefusals } from "./docker-config";
import { crossFaults, type Environment, environmentShape, frontDoorFaults, scalerFaults } from "./environment";

/** What an environment's file says, with what the files that it names hold: for a program that has no such files. */
export const environmentArguments = z
  .strictObject({
    ...environmentShape,
    /** Images by name, each pinned by digest: those of the engines, `python` for the verifier, and those of the monitoring. */
    images: z.record(z.string(), limits.pinnedImage),
    /** Revision and sha256 of the weights, as `make lock` writes them. Default: nothing is locked, which an update may refuse. */
    lock: lockSchema.default({}),
    /** Models that the catalog lacks, by name. */
    catalog: z.record(z.string(), modelSchema).default({}),
  })
  .superRefine(...frontDoorFaults)
  .superRefine(...scalerFaults)
  .superRefine(crossFaults);

/** Every mistake in what was written, each with its path: those that its schema finds, and what its target has no place for. Undefined: there is none. */
export function mistakesIn({ error }: z.ZodSafeParseResult<unknown>, raw: unknown): string | undefined {
  const found = error?.issues ?? [];
  const refused = dockerRefusals(raw);
  const issues = [
    ...found,
    ...refused.map(({ path, message }) => ({ code: "custom" as const, path: [...path], message, input: undefined })),
  ];
  return issues.length > 0 ? z.prettifyError(new z.ZodError(issues)) : undefined;
}

/** An environment from arguments, or every mistake in them, each with its path. */
export function environmentOf(name: string, args: object, hasToken: boolean): Environment | string {
  const result = parseStrictly(environmentArguments, args);
  const mistakes = mistakesIn(result, args);
  if (mistakes !== undefined) return mistakes;
  const { images, lock, catalog, ...rest } = result.data!;
  const files = { images: "images", imageDigests: images, modelLock: lock, userModels: catalog };
  return { ...rest, ...files, name, ...(hasToken ? { hfToken: {} } : {}) };
}
