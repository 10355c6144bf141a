import { clientOf, keysSecret, type Slot, slots } from "../../lib/gateway/access";
import type { Kubectl } from "./cluster";
import { UserError } from "./fault";
import type { KeptKey, KeptKeys, KeyStore } from "./keys";

/** Keys in Secrets of the gateway's namespace, one for each consumer. */
export class SecretKeys implements KeyStore {
  constructor(
    private readonly kubectl: Kubectl,
    private readonly namespace: string,
  ) {}

  async read(consumer: string): Promise<KeptKeys> {
    const where = ["--namespace", this.namespace, "--ignore-not-found", "--output=json"];
    const found = await this.kubectl(["get", "secret", keysSecret(consumer), ...where]);
    if (!found)
      throw new UserError(
        `${consumer}: the cluster has no such consumer`,
        "name it under slm:consumers, and update the environment: make up",
      );
    const { data = {}, metadata } = JSON.parse(found) as {
      data?: Record<string, string>;
      metadata: { annotations?: Record<string, string> };
    };
    return Object.fromEntries(
      slots.flatMap((slot) => {
        const key = data[clientOf(consumer, slot)];
        return key === undefined
          ? []
          : [[slot, { key: Buffer.from(key, "base64").toString(), made: metadata.annotations?.[madeAt(slot)] }]];
      }),
    );
  }

  /** Each slot is a field manager of its own: what it applies is its key, and nothing of another's. The key goes in by standard input, which nobody else sees. */
  async write(consumer: string, slot: Slot, kept?: Required<KeptKey>): Promise<void> {
    const metadata = { name: keysSecret(consumer), namespace: this.namespace };
    const secret = kept
      ? {
          metadata: { ...metadata, annotations: { [madeAt(slot)]: kept.made } },
          data: { [clientOf(consumer, slot)]: Buffer.from(kept.key).toString("base64") },
        }
      : { metadata };
    const manager = `--field-manager=slm-key-${slot}`;
    await this.kubectl(
      ["apply", "--server-side", "--force-conflicts", manager, "--filename=-"],
      JSON.stringify({ apiVersion: "v1", kind: "Secret", type: "Opaque", ...secret }),
    );
  }
}

const madeAt = (slot: Slot): string => `slm-stack/made-${slot}`;
