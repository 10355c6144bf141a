import { parseDocument } from "yaml";

import { fromRoot } from "../../stacks/environment";
import type { EnvironmentFile } from "../lib/environment";
import { UserError } from "../lib/fault";
import { writeWhole } from "../lib/whole-file";
import type { Release } from "./release";

/** Files of an environment's own that a release is written to, from the project's root. */
export interface ReleaseFiles {
  readonly images: string;
  readonly lock: string;
}

/** The files that no other environment reads; where the environment names shared ones, they are to be made. */
export const ownFiles = (name: string): ReleaseFiles => ({ images: `stacks/${name}.images.json`, lock: `stacks/${name}.models.lock.json` });

/**
 * Writes a release to the environment's own images file and model lock, and names them in its file where it named others. Entries that the
 * release does not hold stay. Returns the files that were written.
 */
export function writeRelease({ name, file, text, environment }: EnvironmentFile, release: Release): string[] {
  const files = ownFiles(name);
  const contents = withSetting(withSetting(text, "slm:images", files.images, file), "slm:lock", files.lock, file);
  const locks = Object.entries(release.weights).flatMap(([key, locked]) => (locked ? [[key, locked] as const] : []));
  const write = (target: string, value: object) =>
    writeWhole(
      fromRoot(target),
      `${JSON.stringify(Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))), null, 2)}\n`,
    );
  write(files.images, { ...environment.imageDigests, ...release.images });
  write(files.lock, { ...environment.modelLock, ...Object.fromEntries(locks) });
  if (contents === text) return [files.images, files.lock];
  writeWhole(fromRoot(file), contents);
  return [files.images, files.lock, file];
}

/** The text of an environment file with one setting, of one word, changed; comments and the rest stay as they are. */
export function withSetting(text: string, key: string, value: string, file: string): string {
  const indent = /^config:[^\n]*\n(?:\s*(?:#[^\n]*)?\n)*( +)/m.exec(text)?.[1] ?? "  ";
  const line = new RegExp(`^(${indent}${key}:) *[^\\n#]*?( +#[^\\n]*)?$`, "m");
  const changed = line.test(text)
    ? text.replace(line, (_all, start: string, comment = "") => `${start} ${value}${comment}`)
    : text.replace(/^config:[^\n]*\n/m, (start) => `${start}${indent}${key}: ${value}\n`);
  const document = parseDocument(changed);
  if (document.errors.length === 0 && document.getIn(["config", key]) === value) return changed;
  throw new UserError(`${file}: ${key} could not be written`, `write ${key}: ${value} below config: yourself, and run this again`);
}
