import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import execa from "execa";
import { parse, stringify } from "yaml";

import { build } from "../../tools/build/recipe";
import { actionlint, scanners } from "../../tools/build/recipes";
import type { Stack } from "../../tools/lib/stack";

/** What a scanner says of one resource. */
export interface Finding {
  readonly check: string;
  readonly resource: string;
  readonly name: string;
}

/** A finding that stays, and why. */
interface Waiver {
  readonly check: string;
  readonly resource: string;
  readonly reason: string;
}

export const waivers: readonly Waiver[] = parse(readFileSync("test/scan-waivers.yaml", "utf8"));

/** Whether a waiver is for a finding. */
export const waives = ({ check, resource }: Waiver, finding: Finding): boolean =>
  new RegExp(`^${check}$`).test(finding.check) && new RegExp(`^${resource}$`).test(finding.resource);

/** A Kubernetes object, as far as tests read it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
  readonly rules?: readonly { resources: string[]; verbs: string[] }[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly automountServiceAccountToken?: boolean;
}

/** Every Kubernetes object that a stack would make, as the real engine previews it. */
export async function rendered(stack: Stack): Promise<Manifest[]> {
  const { steps } = JSON.parse(await stack.preview(["--json"], { quiet: true })) as {
    steps: { newState?: { inputs?: Partial<Manifest> } }[];
  };
  return steps.flatMap(({ newState }) => (newState?.inputs?.kind ? [newState.inputs as Manifest] : []));
}

/** Runs a scanner, and returns what it prints, whatever it finds; throws where it does not run at all. */
export async function scanner(
  command: "actionlint" | "checkov" | "hadolint" | "zizmor",
  ...args: string[]
): Promise<{ stdout: string; exitCode: number }> {
  const [folder] = await build([command === "actionlint" ? actionlint : scanners]);
  const own = path.join(folder!, command === "actionlint" ? "" : "bin", command);
  const [program, first] = command === "checkov" ? ["python3", ["-m", "checkov.main"]] : [own, []];
  const { stdout, stderr, exitCode } = await execa(program, [...first, ...args], { env: { PYTHONPATH: folder! }, reject: false });
  if (exitCode === undefined) throw new Error(`${command} does not run: ${stderr}`);
  return { stdout, exitCode };
}

/** What checkov finds in manifests. */
export async function scanManifests(objects: readonly object[]): Promise<{ passed: number; findings: Finding[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), "slm-scan-"));
  try {
    writeFileSync(path.join(folder, "all.yaml"), objects.map((object) => stringify(object)).join("\n---\n"));
    return await checkov("kubernetes", folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What checkov finds in a folder; nothing is asked of its vendor. */
export async function checkov(framework: "kubernetes" | "dockerfile", folder: string): Promise<{ passed: number; findings: Finding[] }> {
  const { stdout } = await scanner("checkov", "--directory", folder, "--framework", framework, "--skip-download", "--output", "json");
  const { results, summary } = JSON.parse(stdout) as {
    results: { failed_checks: { check_id: string; check_name: string; resource: string }[] };
    summary: { passed: number };
  };
  const findings = results.failed_checks.map(({ check_id, check_name, resource }) => ({ check: check_id, name: check_name, resource }));
  return { passed: summary.passed, findings };
}
