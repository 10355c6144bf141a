import { own } from "../own";

/** Until when AKS supports a version; both months count in full. */
interface Support {
  readonly endOfLife: string;
  /** With long-term support, which needs the Premium tier. */
  readonly longTermUntil?: string;
  /** First month of general availability; absent: it is available. */
  readonly from?: string;
}

/** AKS release calendar (azure-aks-docs, supported-kubernetes-versions.md, 2026-08-21); later dates are plans. */
const calendar: Readonly<Record<string, Support>> = {
  "1.33": { endOfLife: "2026-07" },
  "1.34": { endOfLife: "2026-11", longTermUntil: "2027-11" },
  "1.35": { endOfLife: "2027-03", longTermUntil: "2028-03" },
  "1.36": { endOfLife: "2027-06", longTermUntil: "2028-06" },
  "1.37": { endOfLife: "2027-10", longTermUntil: "2028-10", from: "2026-10" },
};

/** What is wrong with a version. */
interface VersionFault {
  readonly bound: string;
  readonly fix: string;
  /** Its support has ended: no cluster can be made of it, but one that runs it goes on. */
  readonly outdated: boolean;
}

/** What is wrong with a version on a day (`2026-11-25`); undefined: nothing. */
export function versionFault(version: string, today: string, longTerm: boolean): VersionFault | undefined {
  const support = own(calendar, version);
  const month = today.slice(0, 7);
  const good = Object.keys(calendar).filter((known) => isSupported(calendar[known]!, month, longTerm));
  const fix = `use ${good.join(", ")}`;
  if (!support) return { bound: "must be a version of the AKS calendar of 2026-08-21", fix, outdated: false };
  if (support.from && month < support.from)
    return { bound: `must be generally available; it is from ${support.from}`, fix, outdated: false };
  if (isSupported(support, month, longTerm)) return undefined;
  const until = (longTerm && support.longTermUntil) || support.endOfLife;
  return { bound: `must be supported; its support ended with ${until}`, fix, outdated: true };
}

/**
 * What is wrong with a version for a cluster that runs another (`1.34.9`): AKS goes up one minor version at a time, and never down
 * (azure-aks-docs, upgrade-aks-cluster.md); undefined: nothing.
 */
export function upgradeFault(version: string, running: string): { bound: string; fix: string } | undefined {
  const [wanted, now] = [minorOf(version), minorOf(running)];
  if (wanted < now) return { bound: `must not be below ${running}, which the cluster runs: AKS goes up only`, fix: `write "1.${now}"` };
  if (wanted > now + 1)
    return { bound: `must be at most one minor version above ${running}, which the cluster runs`, fix: `go by "1.${now + 1}" first` };
  return undefined;
}

const minorOf = (version: string): number => Number(version.split(".")[1]);

const isSupported = ({ endOfLife, longTermUntil, from }: Support, month: string, longTerm: boolean): boolean =>
  month <= ((longTerm && longTermUntil) || endOfLife) && (from === undefined || month >= from);
