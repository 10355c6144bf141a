import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

import execa from "execa";

import { Failure } from "../lib/fault";

/** What a registry, or the server that it sends to, is shown: a name with its secret, or a token that is traded for others. */
export type Credentials = { readonly user: string; readonly secret: string } | { readonly refreshToken: string };

interface DockerConfig {
  readonly auths?: Readonly<Record<string, { readonly auth?: string; readonly identitytoken?: string }>>;
  readonly credHelpers?: Readonly<Record<string, string>>;
  readonly credsStore?: string;
}

/** Docker's own name for Docker Hub. */
const keyOf = (host: string): string => (host === "docker.io" ? "https://index.docker.io/v1/" : host);

/** What `docker login` has kept for a registry; undefined: nobody signed in. */
export async function dockerCredentials(host: string): Promise<Credentials | undefined> {
  const config = dockerConfig();
  const key = keyOf(host);
  const helper = config.credHelpers?.[key];
  if (helper) return fromHelper(helper, key);
  const { auth, identitytoken } = config.auths?.[key] ?? {};
  if (identitytoken) return { refreshToken: identitytoken };
  if (!auth) return config.credsStore ? fromHelper(config.credsStore, key) : undefined;
  const [user = "", ...secret] = Buffer.from(auth, "base64").toString().split(":");
  return { user, secret: secret.join(":") };
}

function dockerConfig(): DockerConfig {
  const file = path.join(process.env["DOCKER_CONFIG"] || path.join(homedir(), ".docker"), "config.json");
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DockerConfig;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new Failure(`${file}: ${(error as Error).message}`);
  }
}

/** Docker's protocol for keepers of passwords: a program that is asked by standard input. One that has nothing says so by its exit code. */
async function fromHelper(helper: string, key: string): Promise<Credentials | undefined> {
  const { stdout, failed } = await execa(`docker-credential-${helper}`, ["get"], { input: key, reject: false });
  if (failed) return undefined;
  const { Username: user, Secret: secret } = JSON.parse(stdout) as { Username: string; Secret: string };
  return user === "<token>" ? { refreshToken: secret } : { user, secret };
}
