import { expect, it } from "vitest";

import type { RuleName } from "../../../lib/policy-facts";
import { rules } from "../../../policies/rules";
import { evaluate } from "../../support/policies/evaluate";
import {
  changed,
  cluster,
  deployment,
  type Fixture,
  gateway,
  gpuPool,
  pod,
  registry,
  server,
  service,
  vault,
} from "../../support/policies/fixtures";

const facts = { usdPerMonth: 10_000, maxGpuNodes: 4 };
/** Names of the rules that find fault with a resource. */
const finders = (resource: Fixture): string[] =>
  rules.flatMap((rule) =>
    evaluate(rule, [resource], facts).some((message) => message.startsWith(`${resource.name}:`)) ? [rule.name] : [],
  );

const as = (base: Fixture, type: string, change: Record<string, unknown> = {}): Fixture => ({ ...changed(base, "it", change), type });
const object = (type: string, props: Record<string, unknown>): Fixture => ({ type, name: "it", props, opts: {} });
const { spec } = deployment.props as { spec: { template: Record<string, unknown> & { spec: object } } };
/** The pod of a model's server, as root. */
const rooted = (
  changed(deployment, "it", { [`${pod}.securityContext.runAsUser`]: 0 }).props as typeof deployment.props & { spec: typeof spec }
).spec.template;
const custom = (type: string, where: Record<string, unknown>): Fixture =>
  object(type, { metadata: { name: "it", namespace: "slm" }, ...where });

it.each<[string, Fixture, RuleName]>([
  // What a review ran against the pack, and the pack missed.
  [
    "a cluster by a version of its API",
    as(cluster, "azure-native:containerservice/v20250101:ManagedCluster", { disableLocalAccounts: false }),
    "local-accounts",
  ],
  [
    "a cluster as pulumi package add names it",
    as(cluster, "azure-native_containerservice_v20250101:containerservice/v20250101:ManagedCluster", { disableLocalAccounts: false }),
    "local-accounts",
  ],
  [
    "a vault by a version",
    as(vault, "azure-native:keyvault/v20230701:Vault", { "properties.enablePurgeProtection": undefined }),
    "purge-protection",
  ],
  ["the classic provider", object("azure:containerservice/kubernetesCluster:KubernetesCluster", {}), "known-types"],
  ["a Helm release", object("kubernetes:helm.sh/v3:Release", {}), "known-types"],
  ["a patch", object("kubernetes:apps/v1:DaemonSetPatch", {}), "known-types"],
  ["a list", object("kubernetes:core/v1:PodList", { items: [] }), "known-types"],
  ["a replication controller", custom("kubernetes:core/v1:ReplicationController", { spec: { template: rooted } }), "restricted-pod"],
  ["a pod template", custom("kubernetes:core/v1:PodTemplate", { template: rooted }), "restricted-pod"],
  ["KAITO's workspace", custom("kubernetes:kaito.sh/v1beta1:Workspace", { inference: { template: rooted } }), "restricted-pod"],
  ["the node's disk by a volume", object("kubernetes:core/v1:PersistentVolume", { spec: { hostPath: { path: "/" } } }), "host-access"],
  [
    "everything in a cluster, by a binding",
    object("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", { roleRef: { kind: "ClusterRole", name: "cluster-admin" } }),
    "least-privilege",
  ],
  [
    "everything in a subscription",
    object("azure-native:authorization/v20220401:RoleAssignment", {
      scope: "/subscriptions/00000000-0000-4000-8000-000000000001",
      roleDefinitionId: "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    }),
    "least-privilege",
  ],
  ["a gateway of an older version", as(gateway, "kubernetes:gateway.networking.k8s.io/v1beta1:Gateway"), "public-endpoint"],
  ["a machine with a GPU", object("azure-native:compute/v20240301:VirtualMachineScaleSet", {}), "known-types"],
  // Others of each kind.
  [
    "a registry by a version",
    as(registry, "azure-native:containerregistry/v20251101:Registry", { publicNetworkAccess: "Enabled" }),
    "private-endpoints",
  ],
  [
    "a pool as pulumi package add names it",
    as(gpuPool, "azure-native_containerservice_v20250901:containerservice/v20250901:AgentPool", { nodeTaints: [] }),
    "gpu-tolerations",
  ],
  ["another cloud's cluster", object("aws:eks/cluster:Cluster", {}), "known-types"],
  ["Entra ID's application", object("azuread:index/application:Application", {}), "known-types"],
  ["a patch of a role", object("kubernetes:rbac.authorization.k8s.io/v1:ClusterRolePatch", {}), "known-types"],
  ["a list of a custom kind of policies", object("kubernetes:networking.k8s.io/v1:NetworkPolicyList", { items: [] }), "known-types"],
  [
    "a Ray cluster's workers",
    custom("kubernetes:ray.io/v1:RayCluster", { spec: { workerGroupSpecs: [{ template: rooted }] } }),
    "restricted-pod",
  ],
  [
    "KServe's predictor, a pod without a template",
    custom("kubernetes:serving.kserve.io/v1beta1:InferenceService", { spec: { predictor: rooted.spec as object } }),
    "restricted-pod",
  ],
  ["a scaled job", custom("kubernetes:keda.sh/v1alpha1:ScaledJob", { spec: { jobTargetRef: { template: rooted } } }), "restricted-pod"],
  [
    "the node's disk by a local volume",
    object("kubernetes:core/v1:PersistentVolume", { spec: { local: { path: "/mnt" } } }),
    "host-access",
  ],
  [
    "a role that binds others",
    object("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", { rules: [{ apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }] }),
    "least-privilege",
  ],
  ["a port of every node", as(service, "kubernetes:core/v1:Service", { "spec.type": "NodePort" }), "public-endpoint"],
  ["an address from outside", as(service, "kubernetes:core/v1:Service", { "spec.externalIPs": ["203.0.113.1"] }), "public-endpoint"],
  ["an unmasked /proc", as(deployment, deployment.type, { [`${server}.securityContext.procMount`]: "Unmasked" }), "restricted-pod"],
])("%s is found", (_what, resource, rule) => expect(finders(resource)).toContain(rule));

it("a load balancer inside the network is none of them", () => {
  const inside = as(service, service.type, {
    "spec.type": "LoadBalancer",
    "metadata.annotations": { "service.beta.kubernetes.io/azure-load-balancer-internal": "true" },
  });
  expect(finders(inside).filter((rule) => rule === "public-endpoint")).toEqual([]);
});
