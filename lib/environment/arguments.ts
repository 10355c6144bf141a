import { z } from "zod";

import { modelSchema } from "../catalog/schema";
import * as limits from "../limits";
import { parseStrictly } from "../schema-messages";
import { lockSchema } from "../weights/lock";
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

/** An environment from arguments, or every mistake in them, each with its path. */
export function environmentOf(name: string, args: object, hasToken: boolean): Environment | string {
  const result = parseStrictly(environmentArguments, args);
  if (!result.success) return z.prettifyError(result.error);
  const { images, lock, catalog, ...rest } = result.data;
  const files = { images: "images", imageDigests: images, modelLock: lock, userModels: catalog };
  return { ...rest, ...files, name, ...(hasToken ? { hfToken: {} } : {}) };
}
