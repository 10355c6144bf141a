import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { stringify } from "yaml";

import { engine } from "../../../tools/lib/engine";
import { repoRoot } from "../../../tools/lib/paths";

/** What the engine says that a rule found. */
export interface Violation {
  readonly rule: string;
  /** Pulumi name of the resource. */
  readonly resource: string;
  readonly level: string;
  readonly message: string;
}

/** What a preview came to. */
export interface Previewed {
  readonly exitCode: number;
  readonly output: string;
  readonly violations: readonly Violation[];
  /** Rule and resource of each remediation. */
  readonly remediated: readonly string[];
}

/** Previews the seeded program through the real engine and its policy host. It needs no cluster; its state is thrown away. */
export async function previewSeeded(
  resources: "clean" | "seeded",
  config: object,
  pack = path.join(repoRoot, "policies"),
): Promise<Previewed> {
  const folder = mkdtempSync(path.join(tmpdir(), "slm-seeded-"));
  const env = {
    ...(await engine()),
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "seeded",
    PULUMI_DEBUG_COMMANDS: "true", // for --event-log
  };
  const [file, events] = [path.join(folder, "config.json"), path.join(folder, "events.json")];
  writeFileSync(file, JSON.stringify(config));
  writeFileSync(
    path.join(folder, "Pulumi.yaml"),
    stringify({ name: "seeded", runtime: "nodejs", main: path.join(repoRoot, "test/program/seeded/index.ts") }),
  );
  const pulumi = (args: string[], reject: boolean) =>
    execa("pulumi", [...args, "--non-interactive", "--color=never"], { cwd: folder, env, reject, all: true });
  try {
    await pulumi(["stack", "init", "seeded"], true);
    const policies = ["--policy-pack", pack, "--policy-pack-config", file];
    const { exitCode, all = "" } = await pulumi(
      ["preview", "--config", `resources=${resources}`, "--event-log", events, ...policies],
      false,
    );
    return { exitCode, output: all, ...read(events) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Event {
  readonly policyEvent?: { resourceUrn?: string; policyName: string; enforcementLevel: string; message: string };
  readonly policyRemediationEvent?: { resourceUrn?: string; policyName: string };
}

function read(file: string): Pick<Previewed, "violations" | "remediated"> {
  const events = readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Event);
  const nameOf = (urn = ""): string => urn.split("::").at(-1)!;
  return {
    violations: events.flatMap(({ policyEvent: event }) =>
      event
        ? [
            {
              rule: event.policyName,
              resource: nameOf(event.resourceUrn),
              level: event.enforcementLevel,
              message: event.message.replaceAll(/<\{%[^%]*%\}>/g, ""),
            },
          ]
        : [],
    ),
    remediated: events.flatMap(({ policyRemediationEvent: event }) => (event ? [`${event.policyName} ${nameOf(event.resourceUrn)}`] : [])),
  };
}
