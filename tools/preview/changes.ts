import { own } from "../../lib/own";
import { nameOf, type ResourceState, type Step } from "../lib/events";

/** What becomes of one resource. */
export interface Change {
  readonly op: "create" | "update" | "replace" | "delete" | "import" | "read" | "same";
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Properties that change, by path; for a replacement, those that force it. */
  readonly properties: readonly string[];
  /** A replacement that deletes the old one before the new one is there. */
  readonly deletedFirst: boolean;
  readonly old: ResourceState | null;
  readonly new: ResourceState | null;
}

/** Steps that are one change of their resource. */
const ops: Readonly<Record<string, Change["op"]>> = {
  create: "create",
  update: "update",
  delete: "delete",
  same: "same",
  read: "read",
  import: "import",
  replace: "replace",
  "create-replacement": "replace",
  "delete-replaced": "replace",
  "discard-replaced": "replace",
  "import-replacement": "replace",
  "read-replacement": "replace",
};

/** One change for each resource, in the order in which the engine begins them. An operation that is not known is reported as an update. */
export function changesOf(steps: readonly Step[]): Change[] {
  const byUrn = new Map<string, Step[]>();
  for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  return [...byUrn.values()].map(changeOf);
}

function changeOf(steps: Step[]): Change {
  const first = steps[0]!;
  const op = steps.map(({ op }) => own(ops, op) ?? "update").reduce((all, next) => (all === next ? all : "replace"));
  const states = <K extends "old" | "new">(key: K) => steps.flatMap((step) => (step[key] ? [step[key]] : []));
  const order = steps.map((step) => step.op);
  const deleted = order.indexOf("delete-replaced");
  return {
    op,
    urn: first.urn,
    type: first.type,
    name: nameOf(first.urn),
    properties: propertiesOf(steps, op),
    deletedFirst: deleted >= 0 && deleted < order.indexOf("create-replacement"),
    old: states("old")[0] ?? null,
    new: states("new").at(-1) ?? null,
  };
}

function propertiesOf(steps: readonly Step[], op: Change["op"]): string[] {
  const keys = op === "replace" ? steps.flatMap(({ keys }) => keys ?? []) : [];
  const detailed = steps.flatMap(({ detailedDiff }) => Object.keys(detailedDiff ?? {}));
  const named = keys.length > 0 ? keys : detailed.length > 0 ? detailed : steps.flatMap(({ diffs }) => diffs ?? []);
  return [...new Set(named)].sort();
}

/** What ends by itself, or keeps nothing and serves nobody: to replace it is a matter of course. */
const routine = /^(kubernetes:core\/v1:Pod|kubernetes:batch\/v1:Job|pulumi:providers:.*|slm:.*|pulumi:pulumi:Stack)$/;

/** Whether a change takes away what is there: a deletion, or a replacement of what people or data depend on. */
export const isDestructive = ({ op, type }: Change): boolean =>
  op === "delete" ? !routine.test(type) : op === "replace" && !routine.test(type);

/** How many changes of each kind there are; what stays the same is none. */
export function countChanges(changes: readonly Change[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of changes) if (op !== "same" && op !== "read") counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}
