import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { adopted, type Deployment, type PendingObject, pendingObjects } from "./adopt";
import { UserError } from "./fault";
import { findObjects } from "./interrupted";
import { temporaryFolder } from "./temporary";

/** A state as the engine exports it, and takes it back. */
export interface Exported {
  readonly deployment: Deployment;
}

/** What is asked of a stack. */
interface Interrupted {
  readonly inLab: boolean;
  /** The state, with secrets in plain text. */
  state(): Promise<Deployment>;
  pulumi(args: string[], run: { quiet: boolean }): Promise<string>;
}

/** Writes objects that an interrupted run made into the state; `refuse` is asked about those that are there and are others'. */
export async function takeUp(stack: Interrupted, exported: Exported, refuse: (foreign: readonly string[]) => void): Promise<void> {
  const objects = pendingObjects(exported.deployment);
  if (objects.length === 0) return;
  const { own, foreign } = await findObjects(objects, await stack.state(), stack.inLab);
  if (foreign.length > 0) refuse(foreign);
  if (own.length > 0) await adopt(stack, exported, own);
}

/** Not by `refresh --import-pending-creates`, after which the CLI (3.274) knows neither the operation nor the object. */
async function adopt(stack: Interrupted, exported: Exported, own: readonly PendingObject[]): Promise<void> {
  const folder = temporaryFolder();
  try {
    const file = path.join(folder, "state.json");
    writeFileSync(file, JSON.stringify({ ...exported, deployment: adopted(exported.deployment, own) }), { mode: 0o600 });
    await stack.pulumi(["stack", "import", "--file", file], { quiet: true });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends an update that would have to take over what others have made. */
export function refuseForeign(foreign: readonly string[]): void {
  throw new UserError(
    `the interrupted run was about to make what others have made:\n${foreign.map((line) => `✖ ${line}`).join("\n")}`,
    "delete or rename each if nobody needs it, or give the environment another kubernetes.namespace; then run this again",
  );
}
