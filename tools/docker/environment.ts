import { mkdirSync } from "node:fs";
import path from "node:path";

import { dockerDefaults } from "../../lib/environment/docker-config";
import { verifierConsumer } from "../../lib/gateway/access";
import type { Through } from "../ask";
import { opened } from "../lib/enter";
import type { EnvironmentFile } from "../lib/environment";
import { fetchAt } from "../lib/front-door";
import { Keys } from "../lib/keys";
import { repoRoot, workDir } from "../lib/paths";
import { writeWhole } from "../lib/whole-file";
import { DoorVolume } from "./door";

/** Whether an environment lives on a Docker engine. */
export const isOnDocker = ({ environment }: Pick<EnvironmentFile, "environment">): boolean => environment.target === "docker";

/** Makes what the gateway starts with and no state may hold: its certificate, and the environment's own key. */
export async function prepareDoor(file: EnvironmentFile): Promise<void> {
  const door = new DoorVolume(file);
  await door.prepare();
  await new Keys(door).any(verifierConsumer);
}

/** File of the gateway's certificate, without its key: what clients trust. */
const certificateOf = (name: string): string => path.join(workDir, "docker", `${name}.pem`);

/** Asks at the door until it opens; returns how it is passed, and the file of the certificate from the project's root. */
export async function enterDocker(file: EnvironmentFile, url: string): Promise<{ through: Through; certificate: string }> {
  const { gateway, docker: { address, port } = dockerDefaults } = file.environment;
  const door = new DoorVolume(file);
  const ca = await door.prepare();
  const apiKey = await new Keys(door).any(verifierConsumer);
  const target = address === "0.0.0.0" ? "127.0.0.1" : address;
  const through = { apiKey, fetch: fetchAt({ address: target, port, host: gateway!.host, ca }) };
  await opened(url, through);
  const certificate = certificateOf(file.name);
  mkdirSync(path.dirname(certificate), { recursive: true });
  writeWhole(certificate, ca);
  return { through, certificate: path.relative(repoRoot, certificate) };
}
