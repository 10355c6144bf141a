import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The ids of the resources that the stand-in made, kept between the engine's runs. Without a folder it remembers nothing. */
export class Records {
  constructor(private readonly folder: string | undefined) {
    if (folder) mkdirSync(folder, { recursive: true });
  }

  private file(id: string): string {
    return path.join(this.folder!, `${createHash("sha256").update(id.toLowerCase()).digest("hex").slice(0, 24)}`);
  }

  has(id: string): boolean {
    return this.folder !== undefined && existsSync(this.file(id));
  }

  write(id: string): void {
    if (this.folder) writeFileSync(this.file(id), id);
  }

  /** Deletes a resource and all below it, as Azure does with a resource group. */
  remove(id: string): void {
    for (const known of this.ids().filter((other) => other === id || other.startsWith(`${id}/`))) rmSync(this.file(known));
  }

  ids(): string[] {
    if (!this.folder) return [];
    return readdirSync(this.folder).map((file) => readFileSync(path.join(this.folder!, file), "utf8"));
  }
}
