import path from "node:path";

import { type EngineEnv, engine } from "../../../tools/lib/engine";

/** What the stand-in does beside handing calls on. */
export interface Options {
  /** Refuses to create an object that exists, as the plugin does from 4.29 on. */
  readonly refuses: boolean;
  /** Keeps the answer to the first object that it creates, whose URN it writes to this file: the object is there, and the engine does not hear of it. */
  readonly holds?: string;
}

const variable = "SLM_PLUGIN_STAND_IN";

export const options = (): Options => JSON.parse(process.env[variable]!);

/** Variables of an engine that finds the stand-in before the plugin. */
export const withStandIn = async (given: Options): Promise<EngineEnv> => ({
  PATH: [__dirname, (await engine())["PATH"]].join(path.delimiter),
  [variable]: JSON.stringify(given),
});
