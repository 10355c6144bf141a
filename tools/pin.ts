import { existsSync, readFileSync } from "node:fs";

import { network, registryPort } from "../lab/layout";
import { builtImages, deployedImages } from "../lib/environment/image-names";
import { type ImagesFile, imagesFile } from "../lib/environment/images-file";
import { officialImage } from "../lib/environment/official-images";
import { planOf } from "../lib/environment/plan-request";
import { type Environment, fromRoot } from "../stacks/environment";
import { readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { writeWhole } from "./lib/whole-file";
import { dockerCredentials } from "./pin/credentials";
import { isOpen, type Pin, pin, type Wanted, withPins } from "./pin/pins";
import { type Reference, referenceOf } from "./pin/reference";
import { resolveTag, type Tagged } from "./pin/registry";

/**
 * Writes the images that an environment needs into its images file, by the digest that their tags have in their registries, and says where a
 * tag names another than the file. NAME=vllm IMAGE=registry/name:tag chooses one; UPDATE=1 takes what tags name now. Exit code 1: something is left to do.
 */
command(async () => {
  const { ENV, NAME: only, IMAGE: image, UPDATE: update } = process.env;
  if (image && !only)
    throw new UserError(`NAME: must say what ${image} is pinned as, got ""`, "make pin NAME=vllm IMAGE=<registry>/<repository>:<tag>");
  const { environment } = readEnvironment(ENV || "lab");
  const path = fromRoot(environment.images);
  const file: ImagesFile = existsSync(path) ? imagesFile.parse(JSON.parse(readFileSync(path, "utf8"))) : {};
  const wanted = image ? [chosen(only!, image)] : wantedBy(environment, file).filter(({ name }) => !only || name === only);
  if (wanted.length === 0)
    throw new UserError(`NAME: must be an image that the environment needs, got "${only}"`, "make pin without NAME lists them");
  const pinning = { resolve, today: new Date().toISOString().slice(0, 10), update: Boolean(update) };
  const pins: Pin[] = [];
  for (const one of wanted) {
    pins.push(await pin(one, pinning));
    const { name, kind, text } = pins.at(-1)!;
    console.log(`${name}: ${kind}: ${text}`);
  }
  if (pins.some(({ entry }) => entry)) writeWhole(path, `${JSON.stringify(withPins(file, pins), null, 2)}\n`);
  process.exitCode = pins.some(isOpen) ? 1 : 0;
});

function wantedBy(environment: Environment, file: ImagesFile): Wanted[] {
  const plan = planOf(environment);
  const built = builtImages(environment, plan);
  return deployedImages(environment, plan)
    .filter((name) => !built.includes(name))
    .map((name) => ({ name, entry: file[name], official: officialImage(name, plan, environment.azure !== undefined) }))
    .filter(({ name, entry }) => entry !== undefined || name !== "envoy"); // its controller pins one
}

function chosen(name: string, image: string): Wanted {
  const { tag, digest } = referenceOf(image) ?? {};
  if (!tag || digest)
    throw new UserError(`IMAGE: must be <registry>/<repository>:<tag>, got "${image}"`, "name the tag; make pin asks for its digest");
  return { name, official: image };
}

function resolve(reference: Reference): Promise<Tagged> {
  const lab = `${network().node}:${registryPort}`;
  const { host } = reference;
  return resolveTag(reference, {
    credentials: dockerCredentials,
    ...(host === lab ? { plain: () => true } : {}), // the lab's registry is reached from this machine alone, and speaks no TLS
  });
}
