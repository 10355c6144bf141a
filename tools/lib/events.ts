import { existsSync, readFileSync } from "node:fs";

/** State of a resource before or after a step; secrets are masked by the engine. */
export interface ResourceState {
  readonly protect?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** One step of the engine, planned or done. */
export interface Step {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
  readonly old?: ResourceState | null;
  readonly new?: ResourceState | null;
  /** Properties that force a replacement. */
  readonly keys?: readonly string[];
  /** Properties that differ, at the top level. */
  readonly diffs?: readonly string[];
  /** The same in full, by path. */
  readonly detailedDiff?: Readonly<Record<string, object>> | null;
}

/** What a rule said of a resource. */
export interface Violation {
  readonly rule: string;
  readonly level: string;
  /** Name of the resource; empty: the stack as a whole. */
  readonly resource: string;
  readonly message: string;
}

/** What a run of the engine reported, in order. */
export interface Events {
  readonly steps: readonly Step[];
  /** Steps that are done, with what the provider read. */
  readonly results: readonly Step[];
  readonly diagnostics: readonly { readonly severity: string; readonly message: string; readonly urn?: string }[];
  readonly violations: readonly Violation[];
  /** Resources that a rule fixed, as `rule: resource`. */
  readonly remediations: readonly string[];
  /** Rules that were evaluated, sorted. */
  readonly rules: readonly string[];
  readonly packs: Readonly<Record<string, string>>;
}

interface Line {
  readonly resourcePreEvent?: { readonly metadata: Step };
  readonly resOutputsEvent?: { readonly metadata: Step };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string; readonly urn?: string };
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly enforcementLevel: string;
  };
  readonly policyRemediationEvent?: { readonly resourceUrn?: string; readonly policyName: string };
  readonly policyAnalyzeSummaryEvent?: PolicySummary;
  readonly policyAnalyzeStackSummaryEvent?: PolicySummary;
  readonly summaryEvent?: { readonly PolicyPacks?: Readonly<Record<string, string>> };
}

interface PolicySummary {
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
}

/** `urn:…::chat-server` → `chat-server`. */
export const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/** Reads the engine's event log, as `--event-log` writes it: one JSON object a line. A log that is not there holds nothing. */
export const readEvents = (file: string): Events => eventsOf(existsSync(file) ? readFileSync(file, "utf8") : "");

/** The same from its text; a last line that was cut off is left out, as a killed engine writes one. */
export function eventsOf(text: string): Events {
  const lines = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
  const all = <K extends keyof Line>(key: K): NonNullable<Line[K]>[] => lines.flatMap((line) => (line[key] ? [line[key]] : []));
  const summaries = [...all("policyAnalyzeSummaryEvent"), ...all("policyAnalyzeStackSummaryEvent")];
  return {
    steps: all("resourcePreEvent").map(({ metadata }) => metadata),
    results: all("resOutputsEvent").map(({ metadata }) => metadata),
    diagnostics: all("diagnosticEvent")
      .filter(({ severity }) => severity !== "debug")
      .map(({ severity, message, urn }) => ({ severity, message: message.trim(), ...(urn ? { urn } : {}) })),
    violations: all("policyEvent").map(({ policyName, enforcementLevel, resourceUrn, message }) => ({
      rule: policyName,
      level: enforcementLevel,
      resource: nameOf(resourceUrn ?? ""),
      message: message.trim(),
    })),
    remediations: all("policyRemediationEvent").map(({ policyName, resourceUrn }) => `${policyName}: ${nameOf(resourceUrn ?? "")}`),
    rules: [...new Set(summaries.flatMap(({ passed = [], failed = [] }) => [...passed, ...failed]))].sort(),
    packs: Object.assign({}, ...all("summaryEvent").map(({ PolicyPacks }) => PolicyPacks ?? {})),
  };
}
