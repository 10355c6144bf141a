import { type ColdStart, stagesSeconds } from "../cold-start";
import { intervalSeconds, scrapeTimeoutSeconds } from "../monitoring/alerts";
import type { Scaling } from "./settings";

/** Seconds between two looks of Kubernetes' autoscaler (kube-controller-manager, --horizontal-pod-autoscaler-sync-period: 15 s). */
const syncSeconds = 15;
/** Seconds that KEDA waits for Prometheus' answer (KEDA_HTTP_DEFAULT_TIMEOUT: 3000 ms). */
const askSeconds = 3;
/** Seconds between two looks of KEDA itself: it starts the first pod of a model that has none, and counts failures. */
export const pollSeconds = 15;

/** Seconds from load to the decision, at most: the next scrape, its timeout, the autoscaler's next look, and the question to Prometheus. */
export const decisionSeconds = intervalSeconds + scrapeTimeoutSeconds + syncSeconds + askSeconds;

/** Failed questions in a row before the fallback holds the pods. Until then the autoscaler leaves their number alone by itself. */
export const failureThreshold = 3;

/** Seconds in which one pod is taken away: each that leaves ends the streams that it still carries. */
export const oneLessSeconds = 60;

type Budget = ColdStart & { readonly nodeSeconds?: number };

/** From a pod's creation to its first answer, in seconds. */
const startSeconds = (coldStart: Budget): number => (coldStart.nodeSeconds ?? 0) + stagesSeconds(coldStart);

/** Bounds of the default: a look or two must agree, and Kubernetes takes no more. */
const [leastQuiet, mostQuiet] = [60, 3600];

/** Seconds for which fewer pods must do before one is taken away. A pod that is missed again costs a cold start, so that is how long it is kept. */
export const quietSecondsOf = (scaling: Pick<Scaling, "quietSeconds">, coldStart: Budget): number =>
  scaling.quietSeconds ?? Math.min(mostQuiet, Math.max(leastQuiet, startSeconds(coldStart)));

/** Seconds from load to further pods that answer, at most, where nodes can be had. */
export const scaleOutSeconds = (coldStart: Budget): number => decisionSeconds + startSeconds(coldStart);

/** Seconds from the end of load to `to` pods, at most. */
export const scaleInSeconds = (scaling: Pick<Scaling, "quietSeconds">, coldStart: Budget, from: number, to: number): number =>
  decisionSeconds + quietSecondsOf(scaling, coldStart) + Math.max(0, from - to - 1) * oneLessSeconds + syncSeconds;
