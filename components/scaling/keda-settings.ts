/**
 * Rights of KEDA 2.21 for one namespace of models: those of its own role (config/rbac/role.yaml, v2.21.0), without what it needs for scaling other
 * kinds than Deployments, for triggers with credentials, and for its admission webhook. Its caches list the kinds that it knows, used or not.
 */
const read = ["get", "list", "watch"];
const write = [...read, "patch", "update"];
const rule = (group: string, resources: string[], verbs: string[]) => ({ apiGroups: [group], resources, verbs });
const keda = "keda.sh";
const eventing = "eventing.keda.sh";
const withStatus = (kinds: string[]): string[] => kinds.flatMap((kind) => [kind, `${kind}/status`]);

/** Of the operator, in the namespace of the models. */
export const operatorRules = [
  rule("", ["pods"], read),
  rule("", ["events"], ["create", "patch"]),
  rule("events.k8s.io", ["events"], ["create", "patch"]),
  rule("apps", ["deployments"], read),
  rule("apps", ["deployments/scale"], ["get", "patch", "update"]),
  rule("autoscaling", ["horizontalpodautoscalers"], [...write, "create", "delete"]),
  rule("batch", ["jobs"], ["list", "watch"]),
  rule(keda, [...withStatus(["scaledobjects", "scaledjobs", "triggerauthentications"]), "scaledobjects/finalizers"], write),
  rule(eventing, withStatus(["cloudeventsources"]), write),
];

/** Of the operator, in the whole cluster: kinds that have no namespace, and the one API that it puts its certificate into. */
export const operatorClusterRules = [
  rule(keda, withStatus(["clustertriggerauthentications"]), write),
  rule(eventing, withStatus(["clustercloudeventsources"]), write),
  rule("apiregistration.k8s.io", ["apiservices"], read),
];
export const externalMetrics = { group: "external.metrics.k8s.io", version: "v1beta1" };
export const apiService = `${externalMetrics.version}.${externalMetrics.group}`;
export const certificateRule = { ...rule("apiregistration.k8s.io", ["apiservices"], ["patch", "update"]), resourceNames: [apiService] };

/** Of the operator, in its own namespace: the certificate by which its two programs know each other, and who of several leads. */
export const ownRules = [
  rule("", ["secrets"], [...write, "create"]),
  rule("coordination.k8s.io", ["leases"], [...write, "create"]),
  rule("", ["events"], ["create", "patch"]),
  rule("events.k8s.io", ["events"], ["create", "patch"]),
];

/** Of the metrics server, in the namespace of the models. */
export const metricsRules = [rule(keda, ["scaledobjects"], read)];
