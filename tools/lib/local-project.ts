import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { parse, stringify } from "yaml";

import type { EnvironmentFile } from "./environment";
import { repoRoot } from "./paths";
import { writeWhole } from "./whole-file";

/**
 * Writes the project beside its local state, with a copy of the settings, so that the salt of its encryption, or the key that a key
 * service has encrypted, never enters the environment file; those that were written there before stay. Stacks of one folder share the
 * project's file, and runs of theirs may read it now; a run that is killed here leaves either the old file or the new one.
 */
export function writeProject(folder: string, { name, text }: EnvironmentFile): void {
  const project = parse(readFileSync(path.join(repoRoot, "Pulumi.yaml"), "utf8"));
  writeWhole(
    path.join(folder, "Pulumi.yaml"),
    stringify({ ...project, main: path.join(repoRoot, project.main), stackConfigDir: undefined }),
  );
  const settings = path.join(folder, `Pulumi.${name}.yaml`);
  const { encryptionsalt, secretsprovider, encryptedkey } = existsSync(settings) ? parse(readFileSync(settings, "utf8")) : {};
  const kept = Object.entries({ encryptionsalt, secretsprovider, encryptedkey }).filter(([, value]) => value !== undefined);
  writeWhole(settings, stringify({ ...parse(text), secretsprovider: undefined, encryptedkey: undefined, ...Object.fromEntries(kept) }));
}
