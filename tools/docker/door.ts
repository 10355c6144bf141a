import { readFileSync } from "node:fs";
import path from "node:path";
import { consumersOf } from "../../components/environment/gateway";
import { owner } from "../../components/local/container";
import { certificateFile, certificateText, credentialsFile, credentialsText, doorFolder, keysFile } from "../../components/local/door";
import { byDigest, doorVolume, labelsOf } from "../../components/local/names";
import { verifierImage } from "../../lib/environment/image-names";
import { clientOf, type Slot, slots } from "../../lib/gateway/access";
import type { EnvironmentFile } from "../lib/environment";
import type { KeptKey, KeptKeys, KeyStore } from "../lib/keys";
import { holds, make } from "../lib/self-signed";
import { docker } from "./client";

const script = readFileSync(path.join(__dirname, "door.py"), "utf8");

/** The certificate as PEM, without its key. */
const publicFile = "certificate.pem";

type Files = Readonly<Record<string, string>>;

/**
 * The volume from which an environment's gateway reads its keys and its certificate. It is filled by a container without a network: what is in it goes by
 * standard input and output, and into no argument, variable, log or state.
 */
export class DoorVolume implements KeyStore {
  constructor(private readonly file: EnvironmentFile) {}

  async read(consumer: string): Promise<KeptKeys> {
    return keysIn(await this.exchange({}))[consumer] ?? {};
  }

  async write(consumer: string, slot: Slot, key?: Required<KeptKey>): Promise<void> {
    const keys = keysIn(await this.exchange({}));
    const { [slot]: _ended, ...others } = keys[consumer] ?? {};
    await this.exchange(this.keyFiles({ ...keys, [consumer]: { ...others, ...(key ? { [slot]: key } : {}) } }));
  }

  /** Makes the volume, and what a gateway cannot start without. Returns the certificate. */
  async prepare(): Promise<string> {
    const { name, environment } = this.file;
    const labels = Object.entries(labelsOf(name, "door")).flatMap(([label, value]) => ["--label", `${label}=${value}`]);
    await docker(["volume", "create", ...labels, doorVolume(name)]);
    const files = await this.exchange({});
    await this.exchange(this.keyFiles(keysIn(files))); // consumers may be others than before
    const certificate = files[publicFile];
    return certificate !== undefined && holds(certificate, environment.gateway!.host) ? certificate : this.renew();
  }

  /** Makes a new certificate, whatever the old one is. */
  async renew(): Promise<string> {
    const { certificate, key } = await make(this.file.environment.gateway!.host);
    await this.exchange({ [certificateFile]: certificateText(certificate, key), [publicFile]: certificate });
    return certificate;
  }

  /** Keys as commands list them, and as Envoy reads them: those of consumers that the environment names. */
  private keyFiles(keys: Readonly<Record<string, KeptKeys>>): Files {
    const credentials = consumersOf(this.file.environment).flatMap(({ name }) =>
      slots.flatMap((slot) => {
        const key = keys[name]?.[slot]?.key;
        return key === undefined ? [] : [{ client: clientOf(name, slot), key }];
      }),
    );
    return { [keysFile]: JSON.stringify(keys), [credentialsFile]: credentialsText(credentials) };
  }

  /** Writes files, and returns all that there are. */
  private async exchange(files: Files): Promise<Files> {
    const { name, environment } = this.file;
    const rights = [
      "--network=none",
      "--read-only",
      "--cap-drop=ALL",
      "--security-opt=no-new-privileges",
      `--user=${owner}`,
      "--memory=128m",
    ];
    const mount = `--volume=${doorVolume(name)}:${doorFolder}`;
    const image = byDigest(environment.imageDigests[verifierImage]!);
    const args = ["run", "--rm", "--interactive", "--log-driver=none", ...rights, mount, "--entrypoint=python3", image, "-c", script];
    return JSON.parse(await docker(args, JSON.stringify(files))) as Files;
  }
}

const keysIn = (files: Files): Record<string, KeptKeys> => JSON.parse(files[keysFile] ?? "{}");
