import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const beside = (file: string): string => {
  mkdirSync(path.dirname(file), { recursive: true });
  return `${file}.${process.pid}.partial`;
};

/** Writes a file that others may be reading: they see the old one or the new one, and never a part. */
export function writeWhole(file: string, contents: string, mode = 0o644): void {
  const partial = beside(file);
  writeFileSync(partial, contents, { mode });
  renameSync(partial, file);
}

/** Writes a file that is written once: of several that do so at the same time, the first one's contents stay. */
export function writeOnce(file: string, contents: string, mode = 0o644): void {
  const partial = beside(file);
  writeFileSync(partial, contents, { mode });
  try {
    linkSync(partial, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(partial);
  }
}
