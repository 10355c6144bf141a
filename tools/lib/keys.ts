import { clientOf, fingerprint, keysSecret, newKey, type Slot, slots } from "../../lib/gateway/access";
import type { Kubectl } from "./cluster";
import { UserError } from "./fault";

/** A key as it is listed: what it may be called, and when it was made. */
export interface ListedKey {
  readonly slot: Slot;
  readonly fingerprint: string;
  readonly made: string;
}

/** The keys of the consumers of one gateway, in Secrets of its namespace. */
export class Keys {
  constructor(
    private readonly kubectl: Kubectl,
    private readonly namespace: string,
  ) {}

  /** The keys that a consumer has, oldest first. */
  async list(consumer: string): Promise<ListedKey[]> {
    const { data, made } = await this.read(consumer);
    const found = slots.flatMap((slot) => {
      const key = data[clientOf(consumer, slot)];
      return key === undefined ? [] : [{ slot, fingerprint: fingerprint(key), made: made[slot] ?? "unknown" }];
    });
    return found.sort((a, b) => a.made.localeCompare(b.made));
  }

  /** A key of a consumer, to ask with; one is made where there is none. */
  async any(consumer: string): Promise<string> {
    const { data } = await this.read(consumer);
    return Object.values(data)[0] ?? this.add(consumer);
  }

  /** Makes a further key. Both places taken: it is refused, because one of them would have to end. */
  async add(consumer: string): Promise<string> {
    const taken = (await this.list(consumer)).map(({ slot }) => slot);
    const free = slots.find((slot) => !taken.includes(slot));
    if (!free)
      throw new UserError(
        `${consumer}: both of its keys are in use`,
        `end one: make keys REVOKE=${consumer}.1, or change the older: ROTATE=${consumer}`,
      );
    return this.put(consumer, free);
  }

  /** Makes a new key in the place of the older one, or in the free place: the newer one stays valid while clients take the new one. */
  async rotate(consumer: string): Promise<string> {
    const all = await this.list(consumer);
    return all.length < slots.length ? this.add(consumer) : this.put(consumer, all[0]!.slot);
  }

  /** Ends a key. */
  async revoke(consumer: string, slot: Slot): Promise<void> {
    if (!(await this.list(consumer)).some((key) => key.slot === slot))
      throw new UserError(`${clientOf(consumer, slot)}: there is no such key`, "list them: make keys");
    await this.write(consumer, slot);
  }

  private async put(consumer: string, slot: Slot): Promise<string> {
    const key = newKey();
    await this.write(consumer, slot, { data: Buffer.from(key).toString("base64"), made: new Date().toISOString() });
    return key;
  }

  /** Each slot is a field manager of its own: what it applies is its key, and nothing of another's. The key goes in by standard input, which nobody else sees. */
  private async write(consumer: string, slot: Slot, key?: { data: string; made: string }): Promise<void> {
    const metadata = { name: keysSecret(consumer), namespace: this.namespace };
    const secret = key
      ? { metadata: { ...metadata, annotations: { [madeAt(slot)]: key.made } }, data: { [clientOf(consumer, slot)]: key.data } }
      : { metadata };
    const manager = `--field-manager=slm-key-${slot}`;
    await this.kubectl(
      ["apply", "--server-side", "--force-conflicts", manager, "--filename=-"],
      JSON.stringify({ apiVersion: "v1", kind: "Secret", type: "Opaque", ...secret }),
    );
  }

  private async read(consumer: string): Promise<{ data: Record<string, string>; made: Partial<Record<Slot, string>> }> {
    const found = await this.kubectl([
      "get",
      "secret",
      keysSecret(consumer),
      "--namespace",
      this.namespace,
      "--ignore-not-found",
      "--output=json",
    ]);
    if (!found)
      throw new UserError(
        `${consumer}: the cluster has no such consumer`,
        "name it under slm:consumers, and update the environment: make up",
      );
    const { data = {}, metadata } = JSON.parse(found) as {
      data?: Record<string, string>;
      metadata: { annotations?: Record<string, string> };
    };
    return {
      data: Object.fromEntries(Object.entries(data).map(([client, key]) => [client, Buffer.from(key, "base64").toString()])),
      made: Object.fromEntries(slots.map((slot) => [slot, metadata.annotations?.[madeAt(slot)]])),
    };
  }
}

const madeAt = (slot: Slot): string => `slm-stack/made-${slot}`;
