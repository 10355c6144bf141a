import { clientOf, fingerprint, newKey, type Slot, slots } from "../../lib/gateway/access";
import { UserError } from "./fault";

/** A key as it is listed: what it may be called, and when it was made. */
export interface ListedKey {
  readonly slot: Slot;
  readonly fingerprint: string;
  readonly made: string;
}

/** A key as it is kept. */
export interface KeptKey {
  readonly key: string;
  /** When it was made; undefined: it is not known. */
  readonly made?: string | undefined;
}

/** The keys of one consumer. */
export type KeptKeys = { readonly [S in Slot]?: KeptKey };

/** Where keys are kept: Secrets of a cluster, or a volume of a Docker engine. */
export interface KeyStore {
  read(consumer: string): Promise<KeptKeys>;
  /** Keeps a key in a slot; without one, the slot is empty after it. */
  write(consumer: string, slot: Slot, key?: Required<KeptKey>): Promise<void>;
}

/** The keys of the consumers of one gateway. */
export class Keys {
  constructor(private readonly store: KeyStore) {}

  /** The keys that a consumer has, oldest first. */
  async list(consumer: string): Promise<ListedKey[]> {
    const kept = await this.store.read(consumer);
    const found = slots.flatMap((slot) => {
      const { key, made = "unknown" } = kept[slot] ?? {};
      return key === undefined ? [] : [{ slot, fingerprint: fingerprint(key), made }];
    });
    return found.sort((a, b) => a.made.localeCompare(b.made));
  }

  /** A key of a consumer, to ask with; one is made where there is none. */
  async any(consumer: string): Promise<string> {
    const kept = await this.store.read(consumer);
    return slots.map((slot) => kept[slot]?.key).find((key) => key !== undefined) ?? this.add(consumer);
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
    await this.store.write(consumer, slot);
  }

  private async put(consumer: string, slot: Slot): Promise<string> {
    const key = newKey();
    await this.store.write(consumer, slot, { key, made: new Date().toISOString() });
    return key;
  }
}
