import { z } from "zod";

import { pinnedImage } from "../limits";

/** One image of an images file: by its digest alone, or with the day on which its tag had that digest. */
const entry = z.union([
  pinnedImage,
  z.strictObject({ image: pinnedImage, pinned: z.iso.date("must be the day on which its tag had that digest, as YYYY-MM-DD") }),
]);

/** An images file: the image of each name. */
export const imagesFile = z.record(z.string(), entry);

/** An images file, parsed. */
export type ImagesFile = z.infer<typeof imagesFile>;

/** The images of a file by name, each by its digest. */
export const imageDigests = (file: ImagesFile): Record<string, string> =>
  Object.fromEntries(Object.entries(file).map(([name, value]) => [name, typeof value === "string" ? value : value.image]));
