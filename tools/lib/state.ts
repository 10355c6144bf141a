import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import { parse } from "yaml";

import { files } from "../../lab/layout";
import { standIn } from "../azure-stand-in/locate";
import type { EngineEnv } from "./engine";
import type { EnvironmentFile } from "./environment";
import { UserError } from "./fault";
import { repoRoot, workDir } from "./paths";
import { writeOnce } from "./whole-file";

/** Where the state of a stack is kept, and what encrypts the secrets in it. */
export interface State {
  /** Folder of local state; null: a backend of the user's own. */
  readonly folder: string | null;
  readonly env: EngineEnv;
  /** Key service that encrypts, as Pulumi names it; null: the passphrase, or what the backend has. */
  readonly secretsProvider: string | null;
}

/** Whether an environment names the lab's cluster. */
export const livesInLab = ({ environment: { kubernetes } }: EnvironmentFile): boolean =>
  kubernetes.kubeconfig !== undefined && path.resolve(repoRoot, kubernetes.kubeconfig) === files.kubeconfig;

/**
 * The state of an environment. What runs on the stand-in for Azure has none of Azure's keys, and makes nothing that state would have to
 * remember: it gets a folder of its own, so that state encrypted by a key service never mixes with state that is not.
 */
export function stateOf(environment: EnvironmentFile): State {
  if (livesInLab(environment))
    return local(files.pulumiState, { PULUMI_CONFIG_PASSPHRASE_FILE: files.passphrase, PULUMI_CONFIG_PASSPHRASE: "" });
  const named = parse(environment.text).secretsprovider as string | undefined;
  const secretsProvider = named?.includes("://") ? named : null;
  if (environment.environment.azure && standIn()) {
    if (secretsProvider)
      console.error(`${secretsProvider} is not asked: on the stand-in, state is kept apart, with a passphrase of its own`);
    const folder = path.join(workDir, "pulumi-stand-in");
    return local(folder, { PULUMI_CONFIG_PASSPHRASE_FILE: madePassphrase(folder), PULUMI_CONFIG_PASSPHRASE: "" });
  }
  if (isLoggedIn()) return { folder: null, env: {}, secretsProvider };
  if (environment.environment.target === "docker" && !secretsProvider && !hasPassphrase()) {
    const folder = path.join(workDir, "pulumi"); // no secret is in the state of what runs on Docker
    return local(folder, { PULUMI_CONFIG_PASSPHRASE_FILE: madePassphrase(folder), PULUMI_CONFIG_PASSPHRASE: "" });
  }
  return { ...local(path.join(workDir, "pulumi"), secretsProvider ? {} : ownPassphrase()), secretsProvider };
}

/**
 * State in a folder, without a file of attributes beside each file: that one is not written whole, and a run that is killed in the middle
 * of it would leave a state that no command reads.
 */
function local(folder: string, env: EngineEnv): State {
  mkdirSync(folder, { recursive: true });
  return { folder, env: { PULUMI_BACKEND_URL: `file://${folder}?metadata=skip`, ...env }, secretsProvider: null };
}

/** File of a passphrase that is made once: what it encrypts is a preview's or a test's, or no secret at all. */
function madePassphrase(folder: string): string {
  const file = path.join(folder, "passphrase");
  if (!existsSync(file)) writeOnce(file, randomBytes(32).toString("hex"), 0o600);
  return file;
}

/** Whether a backend of the user's own keeps state. */
export function isLoggedIn(): boolean {
  const credentials = path.join(process.env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi"), "credentials.json");
  if (process.env["PULUMI_BACKEND_URL"]) return true;
  return existsSync(credentials) && Boolean(JSON.parse(readFileSync(credentials, "utf8")).current);
}

const hasPassphrase = (): boolean => Boolean(process.env["PULUMI_CONFIG_PASSPHRASE"] || process.env["PULUMI_CONFIG_PASSPHRASE_FILE"]);

function ownPassphrase(): EngineEnv {
  if (hasPassphrase()) return {};
  throw new UserError(
    "PULUMI_CONFIG_PASSPHRASE is not set: it encrypts the secrets in the stack's state",
    "export PULUMI_CONFIG_PASSPHRASE, or log in to a backend: pulumi login",
  );
}
