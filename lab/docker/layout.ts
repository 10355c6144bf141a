import path from "node:path";

import { labHome, labName, workDir } from "../../tools/lib/paths";

/** Folder of the engine; it lies beside the lab of the same name. */
export const home = `${labHome}-docker`;

/** Control group that holds the engine's containers. */
export const controlGroup = `slm-${labName}-docker`;

/** The registry that the engine pulls from: on its own loopback, which it trusts without TLS. */
export const registry = "127.0.0.1:5000";

const at = (...parts: string[]): string => path.join(home, ...parts);

/** Files of the engine. Its socket is not below /run, which is its own. */
export const files = {
  /** Held by a kernel lock as long as the engine's namespaces live. */
  initLock: at("run/init.lock"),
  initPid: at("run/init.pid"),
  run: at("run"),
  socket: at("run/docker.sock"),
  data: at("data"),
  registry: at("registry"),
  registryConfig: at("registry.json"),
  temporary: at("tmp"),
  logs: at("log"),
  /** Digests by image name, as an environment names them. */
  images: path.join(workDir, `${labName}-docker`, "images.json"),
} as const;

/** How the engine is asked. */
export const dockerHost = `unix://${files.socket}`;
