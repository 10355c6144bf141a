import { formatUsd } from "../../lib/units";
import { planRows } from "../plan-text";
import type { Cost, PreviewReport, ShownChange } from "./report";

/** One part of a report, as every format shows it. */
export interface Section {
  readonly title: string;
  /** What a reader must not miss. */
  readonly loud?: boolean;
  /** What a reader may open. */
  readonly folded?: boolean;
  /** A table, whose first row is its head. */
  readonly rows?: readonly (readonly string[])[];
  readonly lines: readonly string[];
}

/** The verdict in one line: what it would do, and whether rules let it. */
export function headline({ environment, passed, counts, destructive, interruptions, policies, errors }: PreviewReport): string {
  const changed = Object.entries(counts).map(([op, count]) => `${count} to ${op}`);
  const ended = mandatory(policies).length;
  const parts = [
    changed.length > 0 ? changed.join(", ") : "no change",
    ...(destructive.length > 0 ? [`${destructive.length} DELETED OR REPLACED`] : []),
    ...(interruptions.length > 0 ? [`${interruptions.length} INTERRUPTED`] : []),
    ...(passed ? [] : [ended > 0 ? `REFUSED by ${ended} violations` : `FAILED with ${errors.length} errors`]),
  ];
  return `${environment}: ${parts.join("; ")}`;
}

const mandatory = ({ violations }: PreviewReport["policies"]) => violations.filter(({ level }) => level === "mandatory");

/** The parts of a report in the order of their weight; those with nothing to say are left out. */
export function sections(report: PreviewReport): Section[] {
  const { destructive, interruptions, plan, policies, missing, unchecked, errors, warnings } = report;
  const rows = planRows(plan.models);
  const all: Section[] = [
    { title: "Deleted or replaced", loud: true, lines: destructive.map(changeLine) },
    { title: "Interrupted", loud: true, lines: interruptions.map(({ what, why }) => `${what}: ${why}`) },
    { title: "Errors", loud: true, lines: errors },
    { title: "Plan", rows, lines: [...rolloutLines(report), costLine(report.cost)] },
    {
      title: policyTitle(policies),
      loud: mandatory(policies).length > 0,
      lines: [...policies.violations.map(violationLine), ...policies.remediations.map((line) => `fixed by ${line}`)],
    },
    { title: "Needed before an update", lines: missing },
    { title: "Not checked", lines: unchecked },
    { title: "Changes", folded: true, lines: changeLines(report.changes) },
    { title: "Notes", folded: true, lines: [...warnings, ...plan.warnings] },
  ];
  return all.filter(({ title, lines, rows = [] }) => lines.length > 0 || rows.length > 0 || title.startsWith("Policies"));
}

/** How each model that changes would be rolled out. */
function rolloutLines({ plan, changes }: PreviewReport): string[] {
  const changed = new Set(changes.filter(({ op }) => op !== "create").map(({ name }) => name));
  return plan.models
    .filter(({ name }) => changed.has(`${name}-server`))
    .map(({ name, rollout }) => `${name} rolls out by ${rollout.strategy}: ${rollout.reason}`);
}

/** `Models' nodes: $6,073.60 per month of 730 h, $210.24 more than what is deployed`. */
function costLine({ usdPerMonth, deployedUsdPerMonth, changeUsdPerMonth }: Cost): string {
  if (usdPerMonth === null || changeUsdPerMonth === null) return "cost: not priced";
  const sum = `models' nodes: ${formatUsd(usdPerMonth)} per month of 730 h`;
  if (deployedUsdPerMonth === null) return `${sum}; nothing is deployed whose price is known`;
  if (changeUsdPerMonth === 0) return `${sum}, as is deployed`;
  const change = `${formatUsd(Math.abs(changeUsdPerMonth))} ${changeUsdPerMonth > 0 ? "more" : "less"}`;
  return `${sum}, ${change} than what is deployed (${formatUsd(deployedUsdPerMonth)})`;
}

function policyTitle({ packs, rules, violations }: PreviewReport["policies"]): string {
  const names = Object.values(packs).map((version) => `pack ${version}`);
  if (names.length === 0) return "Policies: not evaluated";
  const evaluated = rules.length > 0 ? `, ${rules.length} rules` : "";
  return `Policies (${names.join(", ")}${evaluated}): ${violations.length === 0 ? "no violation" : `${violations.length} violations`}`;
}

const violationLine = ({ level, rule, resource, message }: PreviewReport["policies"]["violations"][number]): string =>
  `${level} ${rule}${resource ? `, ${resource}` : ""}: ${message}`;

/** `replace gpu-pool (azure-native:containerservice:AgentPool), the old one first: vmSize`. */
function changeLine({ op, name, type, properties, deletedFirst }: ShownChange): string {
  return `${op} ${name} (${type})${deletedFirst ? ", the old one first" : ""}${properties.length > 0 ? `: ${properties.join(", ")}` : ""}`;
}

/** What is made is named in one line, as is what goes with it; every other change has its own, with its properties. */
function changeLines(changes: readonly ShownChange[]): string[] {
  const created = changes.filter(({ op }) => op === "create");
  const names = created.length > 0 ? [`create ${created.map(({ name }) => name).join(", ")}`] : [];
  return [...changes.filter(({ op }) => op !== "create").map(changeLine), ...names];
}
