import { consumersOf, selfSignedSecret } from "../components/environment/gateway";
import { type Slot, slots } from "../lib/gateway/access";
import { chosenEnvironment } from "./docker/choose";
import { requireEngine } from "./docker/client";
import { DoorVolume } from "./docker/door";
import { isOnDocker } from "./docker/environment";
import { inCluster } from "./lib/cluster";
import { type EnvironmentFile, readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { Keys } from "./lib/keys";
import { SecretKeys } from "./lib/secret-keys";
import { renew } from "./lib/self-signed";
import { Stack } from "./lib/stack";

/**
 * Keys of the consumers of an environment's front door: without more, a list; `NEW=consumer` makes one, `ROTATE=consumer` changes the older one,
 * `REVOKE=consumer.slot` ends one, `CERTIFICATE=renew` makes a new self-signed certificate. A key is printed once, when it is made.
 */
command(async () => {
  const file = readEnvironment(await chosenEnvironment());
  const { gateway } = file.environment;
  if (!gateway) throw new UserError(`${file.file}: there is no slm:gateway, so there are no keys`, "add the section: docs/gateway.md");
  if (gateway.jwt)
    throw new UserError(
      `${file.file}: its consumers show tokens of ${gateway.jwt.issuer}, so there are no keys`,
      "give and revoke them there",
    );
  if (isOnDocker(file)) {
    await requireEngine();
    const door = new DoorVolume(file);
    await door.prepare();
    return serve(file, new Keys(door), () => door.renew());
  }
  const stack = await Stack.open(file);
  await inCluster(stack, await stack.outputs(), (kubectl) =>
    serve(file, new Keys(new SecretKeys(kubectl, gateway.namespace)), () =>
      renew(kubectl, gateway.namespace, selfSignedSecret, gateway.host),
    ),
  );
});

/** Does what the variables say with the keys, or with the certificate, which `again` makes anew. */
async function serve({ file, environment }: EnvironmentFile, keys: Keys, again: () => Promise<unknown>): Promise<void> {
  const { NEW, ROTATE, REVOKE, CERTIFICATE } = process.env;
  const known = consumersOf(environment).map((consumer) => consumer.name);
  const consumerOf = (value: string): string => {
    if (known.includes(value)) return value;
    throw new UserError(`"${value}" is no consumer of ${file}`, `use one of ${known.join(", ")}`);
  };
  if (NEW) return shown(await keys.add(consumerOf(NEW)));
  if (ROTATE) return shown(await keys.rotate(consumerOf(ROTATE)));
  if (REVOKE) {
    const { consumer, slot } = placeOf(REVOKE);
    await keys.revoke(consumerOf(consumer), slot);
    return console.log(`${REVOKE} is no key any more`);
  }
  if (CERTIFICATE) {
    const { tls, host } = environment.gateway!;
    if (tls !== "selfSigned")
      throw new UserError("CERTIFICATE: the gateway's certificate is not self-signed", "renew it where it comes from");
    await again();
    return console.log(`a new certificate of ${host} is in place`);
  }
  for (const consumer of known) console.log(lineOf(consumer, await keys.list(consumer)));
}

function placeOf(text: string): { consumer: string; slot: Slot } {
  const [, consumer, digit] = /^(.+)\.(\d)$/.exec(text) ?? [];
  const slot = slots.find((each) => each === digit);
  if (consumer && slot) return { consumer, slot };
  throw new UserError(`REVOKE: must be consumer.slot, got "${text}"`, "list them: make keys");
}

/** The key alone on standard output, so that it can be piped to where it is kept. */
function shown(key: string): void {
  console.log(key);
  console.error("this is the only time that it is shown: keep it where its consumer finds it");
}

const lineOf = (consumer: string, keys: Awaited<ReturnType<Keys["list"]>>): string =>
  `${consumer}: ${keys.length > 0 ? keys.map(({ slot, fingerprint, made }) => `${slot} (${fingerprint}…, made ${made})`).join(", ") : "no key"}`;
