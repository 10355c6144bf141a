import type { EnvironmentPlan } from "../../lib/planner/types";
import { round } from "../../lib/units";
import type { Events, Violation } from "../lib/events";
import { type Change, changesOf, countChanges, isDestructive } from "./changes";
import { type Interruption, interruptionsOf } from "./interruptions";

/** A change as it is reported. */
export type ShownChange = Pick<Change, "op" | "type" | "name" | "properties" | "deletedFirst">;

/** Price of the models' nodes, in USD per month of 730 h; null where nothing is priced, or nothing is deployed. */
export interface Cost {
  readonly usdPerMonth: number | null;
  readonly deployedUsdPerMonth: number | null;
  readonly changeUsdPerMonth: number | null;
}

/** What a preview found: the same for people, for a pull request and for machines. */
export interface PreviewReport {
  readonly environment: string;
  /** The preview came to its end, and no rule ended it. */
  readonly passed: boolean;
  /** What is deleted, or replaced, of what people or data depend on. */
  readonly destructive: readonly ShownChange[];
  readonly interruptions: readonly Interruption[];
  readonly counts: Readonly<Record<string, number>>;
  readonly changes: readonly ShownChange[];
  readonly plan: EnvironmentPlan;
  readonly cost: Cost;
  readonly policies: {
    readonly packs: Readonly<Record<string, string>>;
    readonly rules: readonly string[];
    readonly violations: readonly Violation[];
    readonly remediations: readonly string[];
  };
  /** What an update needs that is not there yet. */
  readonly missing: readonly string[];
  /** What this preview could not know. */
  readonly unchecked: readonly string[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** What the engine writes where a value is known only after the update (UnknownStringValue in pulumi's sdk/go/common/resource/plugin/rpc.go). */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Where the CLI found a program of this project, and which outputs an environment has no use for: no news. */
const noNews = /^using pulumi-(language|resource)-\S+ from \$PATH|^Undefined value \(\w+\) will not show as a stack output/;
const before = "before an update: ";

/** Everything that one run of the engine, and the plan, say of an environment; `notes` are what the run itself could not check. */
export function previewReport(
  plan: EnvironmentPlan,
  events: Events,
  { passed, notes }: { passed: boolean; notes: readonly string[] },
): PreviewReport {
  const changes = changesOf(events.steps).filter(({ type, name }) => !(type.startsWith("pulumi:providers:") && name.startsWith("default")));
  const shown = changes.filter(({ op }) => op !== "same" && op !== "read");
  const { violations, remediations, rules, packs, diagnostics } = events;
  const texts = (severity: string) => diagnostics.filter((each) => each.severity === severity).map(({ message }) => message);
  const warnings = texts("warning").filter((message) => !noNews.test(message));
  const [missing, others] = [
    warnings.filter((message) => message.startsWith(before)),
    warnings.filter((message) => !message.startsWith(before)),
  ];
  const isUnchecked = (message: string): boolean => / (was|were) not checked\b/.test(message);
  return {
    environment: plan.name,
    passed,
    destructive: shown.filter(isDestructive).map(shownChange),
    interruptions: interruptionsOf(changes),
    counts: countChanges(changes),
    changes: shown.map(shownChange),
    plan,
    cost: costOf(plan, changes, events),
    policies: { packs, rules, violations, remediations },
    missing: missing.map((message) => message.slice(before.length)),
    unchecked: [...notes, ...others.filter(isUnchecked), ...unknownValues(shown)],
    errors: texts("error"),
    warnings: others.filter((message) => !isUnchecked(message)),
  };
}

const shownChange = ({ op, type, name, properties, deletedFirst }: Change): ShownChange => ({ op, type, name, properties, deletedFirst });

function unknownValues(changes: readonly Change[]): string[] {
  const count = changes.filter(({ new: state }) => JSON.stringify(state?.inputs ?? {}).includes(unknown)).length;
  return count > 0 ? [`${count} resources have values that are known only after the update: rules evaluate those then`] : [];
}

/** What is deployed has its price in the stack's own outputs, as the last update wrote them. */
function costOf(plan: EnvironmentPlan, changes: readonly Change[], { results }: Events): Cost {
  const stack = [...changes, ...results].filter(({ type }) => type === "pulumi:pulumi:Stack");
  const outputs = stack.flatMap(({ old }) => (old?.outputs ? [old.outputs as { plan?: { usdPerMonth?: number } }] : []));
  const deployed = outputs.find(({ plan }) => plan?.usdPerMonth !== undefined)?.plan?.usdPerMonth ?? null;
  const usdPerMonth = plan.usdPerHour > 0 ? plan.usdPerMonth : null;
  const change = usdPerMonth === null ? null : round(usdPerMonth - (deployed ?? 0), 2);
  return { usdPerMonth, deployedUsdPerMonth: deployed, changeUsdPerMonth: change };
}
