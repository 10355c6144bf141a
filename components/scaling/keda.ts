import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import * as limits from "../../lib/limits";
import { check } from "../check";
import { allow, allowInCluster, bind, createAccount } from "./access";
import { metricsPod, metricsPorts, operatorPod, operatorPorts } from "./keda-pods";
import { apiService, certificateRule, externalMetrics, metricsRules, operatorClusterRules, operatorRules, ownRules } from "./keda-settings";

/** Inputs of {@link Keda}. */
export interface KedaArgs {
  /** Namespace of both programs. Replaces all of it. */
  readonly namespace: pulumi.Input<string>;
  /** Namespaces whose ScaledObjects it serves: it sees no others. */
  readonly watchNamespaces: readonly pulumi.Input<string>[];
  /** Images of KEDA 2.21, pinned by digest. */
  readonly images: { readonly operator: pulumi.Input<string>; readonly metrics: pulumi.Input<string> };
  /** Namespace of whoever reads its metrics. @default nobody */
  readonly scraper?: string;
}

/**
 * KEDA's operator and metrics server for some namespaces. The cluster has one API of external metrics, so it can have one of these, and none where
 * KEDA is there already. KEDA's kinds must be in the cluster: they are the whole cluster's, and outlive this.
 */
export class Keda extends pulumi.ComponentResource {
  /** The namespace, once everything is there that a ScaledObject needs. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: KedaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:scaling:Keda", name, {}, opts);

    for (const [part, image] of Object.entries(args.images))
      if (typeof image === "string") check(this, `images.${part}`, limits.pinnedImage, image);
    const guards = createGuards(name, args, this);
    const operator = createOperator(name, args, guards, this);
    const metrics = createMetricsServer(name, args, [...guards, operator], this);
    const api = createApi(name, args, metrics, this);

    // An autoscaler that asks before the API is there learns nothing of external metrics: it is waited for, as all else is.
    this.namespace = pulumi.all([metrics.metadata, api.metadata]).apply(([{ namespace }]) => namespace);
    this.registerOutputs({});
  }
}

const operatorName = "keda-operator";
const metricsName = "keda-metrics-apiserver";
const labelsOf = (part: string) => ({ "app.kubernetes.io/name": part, "app.kubernetes.io/part-of": "keda" });

const tcp = (port: number) => ({ port, protocol: "TCP" });

/**
 * The operator is asked by the metrics server alone. The API server asks the metrics server, and no policy can name it: it knows its own clients by
 * their certificates. Metrics are for whoever is named.
 */
function createGuards(name: string, { namespace, scraper }: KedaArgs, parent: pulumi.Resource): k8s.networking.v1.NetworkPolicy[] {
  const scraped = scraper
    ? [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": scraper } } }], ports: [tcp(operatorPorts.metrics)] }]
    : [];
  const asked = { from: [{ podSelector: { matchLabels: labelsOf(metricsName) } }], ports: [tcp(operatorPorts.metricsservice)] };
  const specs: Readonly<Record<string, k8s.types.input.networking.v1.NetworkPolicySpec>> = {
    "deny-ingress": { podSelector: {}, policyTypes: ["Ingress"] },
    "operator-answers": {
      podSelector: { matchLabels: labelsOf(operatorName) },
      policyTypes: ["Ingress"],
      ingress: [asked, ...scraped],
    },
    "metrics-answer": {
      podSelector: { matchLabels: labelsOf(metricsName) },
      policyTypes: ["Ingress"],
      ingress: [{ ports: [tcp(metricsPorts.https)] }],
    },
  };
  return Object.entries(specs).map(
    ([path, spec]) =>
      new k8s.networking.v1.NetworkPolicy(`${name}-${path}`, { metadata: { name: `keda-${path}`, namespace }, spec }, { parent }),
  );
}

const namespaceList = ({ watchNamespaces }: KedaArgs): pulumi.Output<string> =>
  pulumi.all([...watchNamespaces]).apply((names) => [...new Set(names)].join(","));

function createOperator(name: string, args: KedaArgs, guards: pulumi.Resource[], parent: pulumi.Resource): k8s.apps.v1.Deployment {
  const { namespace, watchNamespaces, images } = args;
  const account = createAccount(`${name}-operator`, operatorName, namespace, parent);
  const access = [
    allowInCluster(`${name}-operator-cluster`, operatorName, [...operatorClusterRules, certificateRule], account, parent),
    allow(`${name}-operator-own`, { namespace, rules: ownRules, account }, parent),
    ...watchNamespaces.map((seen, index) =>
      allow(`${name}-operator-watch-${index}`, { namespace: seen, rules: operatorRules, account }, parent),
    ),
  ];
  const spec = operatorPod({ image: images.operator, account: account.metadata.name, watchNamespaces: namespaceList(args) });
  return createProgram(`${name}-operator`, operatorName, { namespace, ports: operatorPorts, spec }, [...guards, ...access], parent);
}

function createMetricsServer(name: string, args: KedaArgs, after: pulumi.Resource[], parent: pulumi.Resource): k8s.apps.v1.Deployment {
  const { namespace, watchNamespaces, images } = args;
  const account = createAccount(`${name}-metrics`, metricsName, namespace, parent);
  const hpaController = { kind: "ServiceAccount", name: "horizontal-pod-autoscaler", namespace: "kube-system" };
  const own = { kind: "ServiceAccount", name: account.metadata.name, namespace };
  const access = [
    ...watchNamespaces.map((seen, index) =>
      allow(`${name}-metrics-watch-${index}`, { namespace: seen, rules: metricsRules, account }, parent),
    ),
    // Who asks is known by the API server, and by it alone.
    bind(`${name}-metrics-delegator`, { name: `${metricsName}-delegator`, role: "system:auth-delegator", subject: own }, parent),
    new k8s.rbac.v1.RoleBinding(
      `${name}-metrics-reader`,
      {
        metadata: { name: metricsName, namespace: "kube-system" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "extension-apiserver-authentication-reader" },
        subjects: [own],
      },
      { parent },
    ),
    createReader(name, hpaController, parent),
  ];
  const spec = metricsPod({ image: images.metrics, account: account.metadata.name, watchNamespaces: namespaceList(args) });
  return createProgram(`${name}-metrics`, metricsName, { namespace, ports: metricsPorts, spec }, [...after, ...access], parent);
}

/** Lets Kubernetes' autoscaler ask for the metrics. */
function createReader(name: string, subject: k8s.types.input.rbac.v1.Subject, parent: pulumi.Resource): pulumi.Resource {
  const role = new k8s.rbac.v1.ClusterRole(
    `${name}-metrics-role`,
    {
      metadata: { name: "keda-external-metrics-reader" },
      // Each metric is a resource of this API, by a name that KEDA gives it: they cannot be listed.
      rules: [{ apiGroups: [externalMetrics.group], resources: ["*"], verbs: ["get", "list"] }],
    },
    { parent },
  );
  return bind(`${name}-metrics-readers`, { name: "keda-hpa-external-metrics", role: role.metadata.name, subject }, parent);
}

interface Program {
  readonly namespace: pulumi.Input<string>;
  readonly ports: Readonly<Record<string, number>>;
  readonly spec: k8s.types.input.core.v1.PodSpec;
}

/** One program with its Service, under the names by which KEDA's two programs find each other. */
function createProgram(
  name: string,
  part: string,
  { namespace, ports, spec }: Program,
  dependsOn: pulumi.Resource[],
  parent: pulumi.Resource,
): k8s.apps.v1.Deployment {
  const labels = labelsOf(part);
  const metadata = { name: part, namespace, labels: { ...labels, "app.kubernetes.io/instance": name } };
  const service = new k8s.core.v1.Service(
    `${name}-service`,
    {
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        selector: labels,
        ports: Object.entries(ports).map(([port, number]) => ({ name: port, port: port === "https" ? 443 : number, targetPort: number })),
      },
    },
    { parent },
  );
  return new k8s.apps.v1.Deployment(
    `${name}-server`,
    {
      metadata,
      spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
    { parent, dependsOn: [...dependsOn, service] },
  );
}

/** The cluster's API of external metrics. The operator writes its certificate into it, which is no input of ours. */
function createApi(
  name: string,
  { namespace }: KedaArgs,
  server: pulumi.Resource,
  parent: pulumi.Resource,
): k8s.apiregistration.v1.APIService {
  return new k8s.apiregistration.v1.APIService(
    `${name}-api`,
    {
      metadata: { name: apiService, annotations: { "pulumi.com/waitFor": "condition=Available" } },
      spec: {
        ...externalMetrics,
        service: { name: metricsName, namespace, port: 443 },
        groupPriorityMinimum: 100,
        versionPriority: 100,
      },
    },
    { parent, dependsOn: [server] },
  );
}
