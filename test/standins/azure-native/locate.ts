import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const executable = "pulumi-resource-azure-native";

/** Where the real azure-native plugin is; undefined: it is not installed. A path in this folder is the stand-in, and does not count. */
export function realPlugin(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const cached = path.join(env["PULUMI_HOME"] || path.join(env["HOME"] || homedir(), ".pulumi"), "plugins");
  const installed = existsSync(cached) ? readdirSync(cached).find((entry) => /^resource-azure-native-v[\d.]+$/.test(entry)) : undefined;
  if (installed) return path.join(cached, installed);
  const folders = (env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.resolve(folder) !== __dirname);
  return folders.map((folder) => path.join(folder, executable)).find((file) => existsSync(file));
}

/** Folder to put on PATH so that the engine finds the stand-in; undefined where the real plugin is there, which is then used. */
export const standIn = (env: NodeJS.ProcessEnv = process.env): string | undefined => (realPlugin(env) ? undefined : __dirname);
