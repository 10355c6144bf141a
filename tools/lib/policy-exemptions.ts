import { poolsOf } from "../../lib/azure/pools";
import type { EnvironmentPlan } from "../../lib/planner/types";
import type { RuleName } from "../../lib/policy-facts";
import type { Environment } from "../../stacks/environment";

type Exemptions = Readonly<Partial<Record<RuleName, Readonly<Record<string, string>>>>>;

/** What NVIDIA's daemons need of their node, and why no rule of pods that serve can hold for them. */
const reasons = {
  "host-access": "hands the node's GPUs to pods through a folder of the kubelet",
  "restricted-pod": "reads the node's GPUs, which takes privileges; it serves nobody outside the cluster",
  "network-policy": "talks to the kubelet through a socket and to nobody else; the exporter is asked by Prometheus",
} as const satisfies Partial<Record<RuleName, string>>;

/** Pools that the environment itself unprotects, for as long as it does. */
export function unprotectedPools({ azure }: Environment, plan: EnvironmentPlan): Exemptions {
  const pools = azure ? poolsOf(plan, azure).filter(({ gpu, size }) => gpu && azure.unprotect.includes(size)) : [];
  if (pools.length === 0) return {};
  const reason = "is named under azure.unprotect, for the update that replaces it";
  return { "protected-resources": Object.fromEntries(pools.map(({ key }) => [`${key}-pool`, reason])) };
}

/** What KEDA of the stack's own needs beyond what the rule grants. */
function scalerExemptions({ scaling }: Environment): Readonly<Record<string, string>> {
  if (scaling?.keda !== "installed") return {};
  return {
    "scaling-keda-operator-own-role":
      "keeps its certificate in a Secret of its own namespace, which holds no other, and its cache lists Secrets there",
    "scaling-keda-metrics-role": "metrics of scalers are resources of one API, each by a name that KEDA gives it",
  };
}

/** What controllers of the stack's own need. That of the front door reads Secrets where it looks for keys and certificates, by listing them. */
export function controllerExemptions(environment: Environment): Exemptions {
  const exempt = { ...doorExemptions(environment), ...scalerExemptions(environment) };
  return Object.keys(exempt).length > 0 ? { "least-privilege": exempt } : {};
}

function doorExemptions({ gateway }: Environment): Readonly<Record<string, string>> {
  if (!gateway || gateway.existing) return {};
  const reason = "finds keys and certificates by watching the Secrets of the namespaces of the gateway and the models, and of no other";
  return { "gateway-controller-watch-0-role": reason, "gateway-controller-watch-1-role": reason };
}

/** Resources that rules leave out because they need a part of their node, each with the reason; none where there is no such daemon. */
export function daemonExemptions(environment: Environment, plan: EnvironmentPlan): Exemptions {
  const gpus = gpuExemptions(environment, plan);
  const rules = [...Object.keys(gpus), ...(environment.monitoring?.logs ? Object.keys(logReader) : [])] as RuleName[];
  return Object.fromEntries(rules.map((rule) => [rule, { ...gpus[rule], ...(environment.monitoring?.logs ? logReader[rule] : {}) }]));
}

/** The reader of log files: whatever else rules ask of a pod holds for it. */
const logReader: Exemptions = {
  "host-access": { "monitoring-log-reader-daemon": "reads the log files that the node keeps of its containers, and may not write them" },
  "restricted-namespace": { "monitoring-logs-namespace": "holds the reader of log files, which mounts their folder, and nothing else" },
};

function gpuExemptions({ azure }: Environment, plan: EnvironmentPlan): Exemptions {
  const pools = azure ? poolsOf(plan, azure).filter(({ gpu }) => gpu) : [];
  if (pools.length === 0) return {};
  const daemons = pools.flatMap(({ key }) => [`${key}-device-plugin`, `${key}-dcgm-exporter`]);
  const each = Object.entries(reasons).map(([rule, reason]) => [rule, Object.fromEntries(daemons.map((name) => [name, reason]))]);
  return {
    ...Object.fromEntries(each),
    "restricted-namespace": { "gpu-system": "holds the daemons that see the node's GPUs, and nothing else" },
  };
}
