import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

/** Where a real plugin is; undefined: it is not installed. A path in this folder is the stand-in for azure-native, and does not count. */
export function realPlugin(env: NodeJS.ProcessEnv = process.env, plugin = "azure-native"): string | undefined {
  const cached = path.join(env["PULUMI_HOME"] || path.join(env["HOME"] || homedir(), ".pulumi"), "plugins");
  const installed = existsSync(cached)
    ? readdirSync(cached).find((entry) => new RegExp(`^resource-${plugin}-v[\\d.]+$`).test(entry))
    : undefined;
  if (installed) return path.join(cached, installed);
  const folders = (env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.resolve(folder) !== __dirname);
  return folders.map((folder) => path.join(folder, `pulumi-resource-${plugin}`)).find((file) => existsSync(file));
}

/** Folder to put on PATH so that the engine finds the stand-in; undefined where the real plugin is there, which is then used. */
export const standIn = (env: NodeJS.ProcessEnv = process.env): string | undefined => (realPlugin(env) ? undefined : __dirname);
