import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A secret value as it may stand somewhere: in clear, or in base64, which hides nothing. */
export const forms = (secret: string): string[] => {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from(" ".repeat(shift) + secret)
      .toString("base64")
      .replace(/=+$/, "")
      .slice(shift === 0 ? 0 : 4, -2),
  );
  return [secret, ...base64];
};

/** Whether a text holds a secret, in clear or in base64. */
export const holds = (text: string, secret: string): boolean => forms(secret).some((form) => text.includes(form));

/** The files below a folder that hold a secret. What others take away while they are looked at holds nothing. */
export function filesWith(folder: string, secret: string, below = ""): string[] {
  return unlessGone(() => readdirSync(path.join(folder, below), { withFileTypes: true }), []).flatMap((entry) => {
    const name = path.join(below, entry.name);
    if (entry.isDirectory()) return filesWith(folder, secret, name);
    const file = path.join(folder, name);
    const found = entry.isFile() && unlessGone(() => holds(readFileSync(file, "latin1"), secret), false);
    return found ? [name] : [];
  });
}

function unlessGone<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return otherwise;
    throw error;
  }
}

/** Reads the command line of every process of the machine over and over, and keeps those that hold a secret. */
export function watchCommandLines(secret: string): { stop(): Promise<{ looks: number; found: string[] }> } {
  const found = new Set<string>();
  let looks = 0;
  let watching = true;
  const watch = async (): Promise<void> => {
    for (; watching; looks++) {
      for (const line of commandLines()) if (holds(line, secret)) found.add(line);
      await sleep(100);
    }
  };
  const monitored = watch();
  return {
    async stop() {
      watching = false;
      await monitored;
      return { looks, found: [...found] };
    },
  };
}

const commandLines = (): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((id) => {
      try {
        return readFileSync(`/proc/${id}/cmdline`, "utf8").replaceAll("\0", " ");
      } catch {
        return ""; // it has ended
      }
    });
