import { type ChildProcess, fork } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { buildLogVariable } from "../../tools/build/log";
import { repoRoot } from "../../tools/lib/paths";
import type { Part, Said, Wanted } from "./ahead";

/** What is built while tests run, and the lab, which is started as soon as its parts are there. */
export class Background {
  private readonly child: ChildProcess;
  private readonly said = new Map<Part, string | null>();
  private readonly up: Promise<string | null>;
  private wake: () => void = () => undefined;

  /** `folder` gets the log of the builds, and what each of them took. */
  constructor(
    wanted: Wanted,
    private readonly folder: string,
  ) {
    const log = openSync(this.log, "a");
    const script = path.join(repoRoot, "test/run/ahead.ts");
    this.child = fork(script, [JSON.stringify(wanted)], {
      execArgv: ["--import", "tsx"],
      env: { ...process.env, [buildLogVariable]: this.builds },
      stdio: ["ignore", log, log, "ipc"],
    });
    this.child.on("message", ({ part, failed }: Said) => this.note(part, failed ?? null));
    this.child.on("exit", (code) => {
      for (const part of ["lab parts", "program", "server", "lab tests"] as const)
        if (!this.said.has(part)) this.note(part, `the builds ended with code ${code}; the last line of ${this.log}: ${this.lastLine()}`);
    });
    this.up = wanted.lab ? this.startLab() : Promise.resolve(null);
  }

  private get log(): string {
    return path.join(this.folder, "builds.log");
  }

  /** What each build took, a line each. */
  get builds(): string {
    return path.join(this.folder, "builds.jsonl");
  }

  private note(part: Part, failed: string | null): void {
    this.said.set(part, failed);
    if (failed !== null) console.error(`✖ ${part}: ${failed}`);
    this.wake();
  }

  /** Waits until all of them are there; returns why one is not, or null. */
  async ready(parts: readonly Part[], lab: boolean): Promise<string | null> {
    for (const part of parts) {
      if (!this.said.has(part)) console.error(`waiting for ${part}; ${this.log} tells how far it is: ${this.lastLine()}`);
      const failed = await this.made(part);
      if (failed) return failed;
    }
    return lab ? this.up : null;
  }

  private async made(part: Part): Promise<string | null> {
    while (!this.said.has(part)) await this.news();
    return this.said.get(part)!;
  }

  private news(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        before();
        resolve();
      };
    });
  }

  /** The lab runs at our priority, not at that of the builds. */
  private async startLab(): Promise<string | null> {
    const failed = (await this.made("lab parts")) ?? (await this.runLab());
    if (this.child.connected) this.child.send(failed ? "the lab is down" : "the lab is up");
    return failed;
  }

  private async runLab(): Promise<string | null> {
    const { failed: down, stderr } = await execa(process.execPath, ["--import", "tsx", "lab/main.ts", "up"], {
      cwd: repoRoot,
      reject: false,
    });
    return down ? `the lab did not come up: ${stderr.trim().split("\n").slice(-2).join(" ")}` : null;
  }

  private lastLine(): string {
    return readFileSync(this.log, "utf8").trim().split("\n").at(-1)!;
  }

  /** Ends the builds, where they still run. */
  end(): void {
    if (this.child.exitCode === null) this.child.kill("SIGTERM");
  }
}
