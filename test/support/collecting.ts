import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";

import {
  type CollectorSettings,
  collectorConfig,
  collectorPorts,
  logFolders,
  type ReaderSettings,
  readerConfig,
} from "../../lib/monitoring/log-config";
import { collector } from "../../tools/build/monitoring";
import { build } from "../../tools/build/recipe";
import { type Attributes, logRecords, spans } from "./otlp";
import { configFile, freePort, type Running, start } from "./watching";

/** The collector of our own configuration, on free ports of this machine. */
export interface Collecting extends Running {
  readonly grpc: number;
  /** Base URL for OTLP over HTTP. */
  readonly url: string;
  logs(): Attributes[];
  spans(): Attributes[];
}

const program = async (): Promise<string> => path.join((await build([collector]))[0]!, "collector");

/** Our configuration with other ports and folders, and nothing else changed. */
function moved(config: object, ports: readonly (readonly [number, number])[], folders: readonly (readonly [string, string])[]): string {
  const text = ports.reduce((all, [from, to]) => all.replaceAll(`0.0.0.0:${from}`, `127.0.0.1:${to}`), JSON.stringify(config));
  const there = folders.reduce((all, [from, to]) => all.replaceAll(`"${from}/`, `"${to}/`).replaceAll(`"${from}"`, `"${to}"`), text);
  return there.replace(`"host":"0.0.0.0","port":${collectorPorts.metrics}`, '"host":"127.0.0.1","port":0');
}

/** A free port for each, none twice. */
async function ports<const Names extends readonly string[]>(...names: Names): Promise<Record<Names[number], number>> {
  const free = new Set<number>();
  while (free.size < names.length) free.add(await freePort());
  return Object.fromEntries([...free].map((port, index) => [names[index], port])) as Record<Names[number], number>;
}

/** Starts the collector; `otlp` is the port that senders are already reported. */
export async function startCollector(folder: string, settings: CollectorSettings, otlp?: number): Promise<Collecting> {
  const free = await ports("grpc", "otlp", "health");
  const at = { ...free, otlp: otlp ?? free.otlp };
  const kept = path.join(folder, "kept");
  mkdirSync(kept, { recursive: true });
  const pairs = (["grpc", "otlp", "health"] as const).map((name) => [collectorPorts[name], at[name]] as const);
  const config = configFile(folder, "collector.json", moved(collectorConfig(settings), pairs, [[logFolders.kept, kept]]));
  const running = await start("collector", folder, [await program(), `--config=${config}`], at.health, "/");
  const read = (name: string): string => (existsSync(path.join(kept, name)) ? readFileSync(path.join(kept, name), "utf8") : "");
  return {
    ...running,
    grpc: at.grpc,
    url: `http://127.0.0.1:${at.otlp}`,
    logs: () => logRecords(read("logs.json")),
    spans: () => spans(read("traces.json")),
  };
}

/** Starts the reader on `pods` and `state` of the folder. */
export async function startReader(folder: string, settings: ReaderSettings): Promise<Running> {
  const { health } = await ports("health");
  const folders = [logFolders.pods, logFolders.state].map((one) => [one, path.join(folder, path.basename(one))] as const);
  for (const [, there] of folders) mkdirSync(there, { recursive: true });
  const config = configFile(folder, "reader.json", moved(readerConfig(settings), [[collectorPorts.health, health]], folders));
  return start("reader", folder, [await program(), `--config=${config}`], health, "/");
}
