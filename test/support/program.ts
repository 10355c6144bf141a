import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { vi } from "vitest";

import { mockPulumi, registered, settled } from "./mocks";

/** A reference by digest, whose name and digest say which image it is. */
export const pinned = (name: string): string => `registry.example/${name}@sha256:${Buffer.from(name).toString("hex").padEnd(64, "0")}`;

/** The stack's settings, as the engine hands them over: objects as JSON, and encrypted ones in clear, with their names beside. */
export function configure(settings: Readonly<Record<string, unknown>>, secrets: readonly string[] = []): void {
  const all = Object.entries(settings).map(([key, value]) => [`slm:${key}`, typeof value === "string" ? value : JSON.stringify(value)]);
  const keys = secrets.map((key) => `slm:${key}`);
  pulumi.runtime.setAllConfig(Object.fromEntries(all), keys);
  vi.stubEnv("PULUMI_CONFIG_SECRET_KEYS", JSON.stringify(keys));
}

const folders: string[] = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Writes these files, as JSON, to a folder of their own, which goes when the process ends. Returns where each is. */
export function jsonFiles<K extends string>(contents: Readonly<Record<K, unknown>>): Record<K, string> {
  const folder = mkdtempSync(path.join(tmpdir(), "slm-files-"));
  folders.push(folder);
  return Object.fromEntries(
    Object.entries(contents).map(([name, value]) => {
      const file = path.join(folder, `${name}.json`);
      writeFileSync(file, JSON.stringify(value));
      return [name, file];
    }),
  ) as Record<K, string>;
}

/** Runs stacks/index.ts on settings, under the mocks, and settles its outputs. Once in a file: it registers when it is loaded. */
export async function runProgram(settings: Readonly<Record<string, unknown>>, secrets: readonly string[] = []): Promise<unknown> {
  await mockPulumi();
  configure(settings, secrets);
  const program = await vi.importActual<object>("../../stacks/index");
  return settled(pulumi.output({ ...program }));
}

/** Every resource that is registered, as `type name`, sorted. */
export const resources = (): string[] => registered.map(({ type, name }) => `${type} ${name}`).sort();
