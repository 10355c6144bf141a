import { consumersOf, selfSignedSecret } from "../components/environment/gateway";
import { type Slot, slots } from "../lib/gateway/access";
import { inCluster } from "./lib/cluster";
import { readEnvironment } from "./lib/environment";
import { command, UserError } from "./lib/fault";
import { Keys } from "./lib/keys";
import { renew } from "./lib/self-signed";
import { Stack } from "./lib/stack";

/**
 * Keys of the consumers of an environment's front door: without more, a list; `NEW=consumer` makes one, `ROTATE=consumer` changes the older one,
 * `REVOKE=consumer.slot` ends one, `CERTIFICATE=renew` makes a new self-signed certificate. A key is printed once, when it is made.
 */
command(async () => {
  const { ENV: name = "lab", NEW, ROTATE, REVOKE, CERTIFICATE } = process.env;
  const file = readEnvironment(name);
  const { gateway } = file.environment;
  if (!gateway) throw new UserError(`${file.file}: there is no slm:gateway, so there are no keys`, "add the section: docs/gateway.md");
  const known = consumersOf(file.environment).map((consumer) => consumer.name);
  const consumerOf = (value: string): string => {
    if (known.includes(value)) return value;
    throw new UserError(`"${value}" is no consumer of ${file.file}`, `use one of ${known.join(", ")}`);
  };
  const stack = await Stack.open(file);
  await inCluster(stack, await stack.outputs(), async (kubectl) => {
    const keys = new Keys(kubectl, gateway.namespace);
    if (NEW) return shown(await keys.add(consumerOf(NEW)));
    if (ROTATE) return shown(await keys.rotate(consumerOf(ROTATE)));
    if (REVOKE) {
      const { consumer, slot } = placeOf(REVOKE);
      await keys.revoke(consumerOf(consumer), slot);
      return console.log(`${REVOKE} is no key any more`);
    }
    if (CERTIFICATE) {
      if (gateway.tls !== "selfSigned")
        throw new UserError("CERTIFICATE: the gateway's certificate is not self-signed", "renew it where it comes from");
      await renew(kubectl, gateway.namespace, selfSignedSecret, gateway.host);
      return console.log(`a new certificate of ${gateway.host} is in place`);
    }
    for (const consumer of known) console.log(lineOf(consumer, await keys.list(consumer)));
  });
});

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
