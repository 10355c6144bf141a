import { duration } from "./progress";

/** What a pod that downloads weights said last. */
export interface Said {
  readonly pod: string;
  /** The model that the weights are of. */
  readonly model: string;
  readonly doneMib: number;
  /** Undefined: the source has not reported. */
  readonly totalMib: number | undefined;
}

/** As components/serving/scripts write it: `weights: 1,024 of 4,096 MiB`, or `weights: 1024 MiB`. */
const progressLine = /^weights: ([\d,]+)(?: of ([\d,]+))? MiB$/;

/** How far a pod is by the last lines of its log; undefined where none of them tells. */
export function saidIn(log: string): Pick<Said, "doneMib" | "totalMib"> | undefined {
  const last = log.split("\n").findLast((line) => progressLine.test(line));
  const [, done, total] = progressLine.exec(last ?? "") ?? [];
  if (done === undefined) return undefined;
  return { doneMib: number(done), totalMib: total === undefined ? undefined : number(total) };
}

const number = (text: string): number => Number(text.replaceAll(",", ""));
const mib = (value: number): string => `${value.toLocaleString("en")} MiB`;

/** Tells what is new of downloads: how much is there, how much is left, and for how long at the pace since a pod was first seen. */
export class Downloads {
  private readonly first = new Map<string, { readonly seconds: number; readonly doneMib: number }>();
  private readonly reported = new Map<string, string>();

  /** Lines to print of what pods say, `seconds` after any fixed moment. */
  news(said: readonly Said[], seconds: number): string[] {
    return said.flatMap((each) => {
      const state = `${each.doneMib} of ${each.totalMib}`;
      if (this.reported.get(each.pod) === state) return [];
      this.reported.set(each.pod, state);
      return [`downloading ${each.model}: ${this.progress(each, seconds)}`];
    });
  }

  private progress({ pod, doneMib, totalMib }: Said, seconds: number): string {
    if (totalMib === undefined) return `${mib(doneMib)}; how much is left is not known`;
    const part = `${pod} ${totalMib}`; // a pod downloads one part after the other
    const first = this.first.get(part) ?? { seconds, doneMib };
    this.first.set(part, first);
    const left = Math.max(0, totalMib - doneMib);
    const mibPerSecond = (doneMib - first.doneMib) / (seconds - first.seconds);
    return `${mib(doneMib)} of ${mib(totalMib)}, ${mib(left)} left${mibPerSecond > 0 ? `, about ${duration(left / mibPerSecond)}` : ""}`;
  }
}
