import { readFileSync } from "node:fs";

import { kubectl } from "./lab";

/** Tells the lab of kinds of resources by the files that their projects ship; returns what makes it forget them. */
export async function defineKinds(...definitions: string[]): Promise<() => Promise<string>> {
  const names = definitions.map((file) => `crd/${/^ {2}name: (.+)$/m.exec(readFileSync(file, "utf8"))![1]}`);
  for (const file of definitions) await kubectl("apply", "--server-side", "--filename", file);
  for (const name of names) {
    await kubectl("wait", "--for=jsonpath={.status.conditions}", "--timeout=60s", name); // a kind has none at first, which the next wait takes for an error
    await kubectl("wait", "--for=condition=Established", "--timeout=60s", name);
  }
  return () => kubectl("delete", ...names, "--ignore-not-found");
}
