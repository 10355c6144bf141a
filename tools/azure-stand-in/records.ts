import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What is known of a resource: what it was last given, and what Azure made of it since. */
export type Live = Readonly<Record<string, unknown>>;

/** A resource that was made. */
interface Recorded {
  readonly id: string;
  readonly live: Live;
}

/**
 * The resources that the stand-in made, kept between the engine's runs, and the names that it keeps for deleted ones. Without a folder it
 * remembers nothing. `calls` is a file that gets a line for each change that Azure was asked for.
 */
export class Records {
  constructor(
    private readonly folder: string | undefined,
    private readonly calls?: string,
  ) {
    if (folder) mkdirSync(folder, { recursive: true });
  }

  /** Remembers that Azure was asked for a change, whatever becomes of it. */
  called(verb: "create" | "update" | "delete", type: string, id: string): void {
    if (this.calls) appendFileSync(this.calls, `${verb} ${type} ${id.split("/").at(-1)}\n`);
  }

  private file(id: string): string {
    return path.join(this.folder!, createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, 24));
  }

  private read(file: string): Recorded {
    return JSON.parse(readFileSync(path.join(this.folder!, file), "utf8"));
  }

  has(id: string): boolean {
    return this.folder !== undefined && existsSync(this.file(id));
  }

  /** What is known of a resource; undefined: there is none. */
  live(id: string): Live | undefined {
    return this.has(id) ? this.read(path.basename(this.file(id))).live : undefined;
  }

  write(id: string, live: Live = {}): void {
    if (this.folder) writeFileSync(this.file(id), JSON.stringify({ id, live }));
  }

  /** Deletes a resource and all below it, as Azure does with a resource group. Returns their ids. */
  remove(id: string): string[] {
    const gone = this.all().filter((other) => other === id || other.startsWith(`${id}/`));
    for (const known of gone) rmSync(this.file(known));
    return gone;
  }

  ids(): string[] {
    return this.all().filter((id) => !id.startsWith(deleted));
  }

  private all(): string[] {
    return this.folder ? readdirSync(this.folder).map((file) => this.read(file).id) : [];
  }

  /** Names that are kept for deleted resources. */
  kept(): string[] {
    return this.all().flatMap((id) => (id.startsWith(deleted) ? [id.slice(deleted.length)] : []));
  }

  /** Whether a name is kept for a deleted resource. */
  isKept(name: string): boolean {
    return this.has(deleted + name);
  }

  keep(name: string): void {
    this.write(deleted + name);
  }

  /** Gives a name free. */
  free(name: string): void {
    if (this.isKept(name)) rmSync(this.file(deleted + name));
  }

  /** Gives a name free for good, and those that were kept within it. */
  purge(name: string): void {
    this.remove(deleted + name);
  }
}

const deleted = "deleted:";
