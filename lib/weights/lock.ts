import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");

/** The model lock: what each source must hold, by the source's name. Written by `make lock`, read by plans and programs. */
export const lockSchema = z.record(
  z.string(),
  z.strictObject({
    /** Commit of the repository, or the digest of the tag's manifest. */
    revision: z.string().min(7).optional(),
    licence: z.string().optional(),
    files: z.record(z.string().min(1), sha256),
    /** Bytes of each file. */
    sizes: z.record(z.string().min(1), z.int().nonnegative()).optional(),
  }),
);

export type Lock = z.infer<typeof lockSchema>;
