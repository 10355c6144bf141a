import { beforeAll, expect, it } from "vitest";

import { certificatePod, controllerPod } from "../../../components/gateway/controller-pods";
import { infraRules, leaderRules, namespaceRules } from "../../../components/gateway/controller-settings";
import { EnvoyGateway } from "../../../components/gateway/envoy-gateway";
import { mockPulumi, optionsOf, registered, registeredOutputs } from "../../support/mocks";
import { pinned } from "../../support/program";

const image = pinned("envoy-gateway");
beforeAll(async () => {
  await mockPulumi();
  new EnvoyGateway("eg", { namespace: "door", className: "glass", watchNamespaces: ["door", "models"], image });
  await registeredOutputs("eg");
});
const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

const pod = {
  automountServiceAccountToken: true,
  enableServiceLinks: false,
  securityContext: {
    ...{ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, fsGroupChangePolicy: "OnRootMismatch" },
    seccompProfile: { type: "RuntimeDefault" },
  },
};
const container = {
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  terminationMessagePolicy: "FallbackToLogsOnError",
  image,
  env: [
    { name: "ENVOY_GATEWAY_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
    { name: "KUBERNETES_CLUSTER_DOMAIN", value: "cluster.local" },
  ],
};
const ports = { grpc: 18000, ratelimit: 18001, wasm: 18002, metrics: 19001 };

it("the pod that makes certificates", () => {
  expect(certificatePod(image, "certgen")).toEqual({
    ...pod,
    serviceAccountName: "certgen",
    restartPolicy: "OnFailure",
    containers: [
      {
        ...container,
        name: "certgen",
        command: ["envoy-gateway", "certgen", "--disable-topology-injector"],
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
      },
    ],
  });
});

it("the controller's pod", () => {
  const probe = (path: string) => ({ httpGet: { path, port: 8081 }, timeoutSeconds: 3 });
  expect(controllerPod(image, "controller", "settings")).toEqual({
    ...pod,
    serviceAccountName: "controller",
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        ...container,
        name: "envoy-gateway",
        command: ["envoy-gateway", "server", "--config-path=/config/config.json"],
        ports: Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort })),
        startupProbe: { ...probe("/healthz"), periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { ...probe("/readyz"), periodSeconds: 5 },
        livenessProbe: { ...probe("/healthz"), periodSeconds: 20 },
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        volumeMounts: [
          { name: "config", mountPath: "/config", readOnly: true },
          { name: "certs", mountPath: "/certs", readOnly: true },
          { name: "wasm", mountPath: "/var/lib/eg/wasm" },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: "settings" } },
      { name: "certs", secret: { secretName: "envoy-gateway" } },
      { name: "wasm", emptyDir: { sizeLimit: "64Mi" } },
    ],
  });
});

const labels = { "app.kubernetes.io/name": "envoy-gateway", "app.kubernetes.io/instance": "glass", "control-plane": "envoy-gateway" };
const selector = { "control-plane": "envoy-gateway" };

it("the objects around them are found by their labels, and the job is made anew when its pod changes", () => {
  const metadata = { name: "envoy-gateway", namespace: "door", labels };
  expect(inputs("eg-controller")).toMatchObject({
    metadata,
    spec: { replicas: 1, selector: { matchLabels: selector }, template: { metadata: { labels } } },
  });
  expect(inputs("eg-service")).toMatchObject({
    metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
    spec: { selector, ports: Object.entries(ports).map(([name, port]) => ({ name, port })) },
  });
  const ofJob = { "app.kubernetes.io/name": "envoy-gateway-certgen", "app.kubernetes.io/instance": "glass" };
  expect(inputs("eg-certgen")).toMatchObject({
    metadata: { namespace: "door", labels: ofJob },
    spec: { backoffLimit: 3, template: { metadata: { labels: ofJob } } },
  });
  expect(optionsOf("eg-certgen").replaceOnChanges).toEqual(["spec.template"]);
  expect(inputs("eg-class")["metadata"]).toEqual({ name: "glass", annotations: { "pulumi.com/waitFor": "condition=Accepted" } });
});

it("accounts mount no token by themselves, and each right is bound to the one that needs it", () => {
  const account = (name: string) => ({ metadata: { name, namespace: "door" }, automountServiceAccountToken: false });
  expect(inputs("eg-controller-account")).toMatchObject(account("envoy-gateway"));
  expect(inputs("eg-certgen-account")).toMatchObject(account("envoy-gateway-certgen"));
  const binding = (name: string, subject: string, namespace = "door") => {
    expect(inputs(`${name}-binding`), name).toMatchObject({
      metadata: { name, namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name: subject, namespace: "door" }],
    });
  };
  binding("eg-infra", "envoy-gateway");
  binding("eg-watch-0", "envoy-gateway");
  binding("eg-watch-1", "envoy-gateway", "models");
  binding("eg-certgen", "envoy-gateway-certgen");
  expect(inputs("eg-cluster-binding")).toMatchObject({
    metadata: { name: "glass-envoy-gateway" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "glass-envoy-gateway" },
    subjects: [{ kind: "ServiceAccount", name: "envoy-gateway", namespace: "door" }],
  });
  expect(inputs("eg-infra-role")["rules"]).toEqual([...infraRules, ...leaderRules]);
  expect(inputs("eg-watch-1-role")["rules"]).toEqual(namespaceRules);
});

it("its rights are those of the chart of Envoy Gateway 1.9.1, by group, kind and verb", () => {
  const text = (rules: readonly { apiGroups: string[]; resources: string[]; verbs: string[] }[]) =>
    rules.map(({ apiGroups, resources, verbs }) => `${apiGroups} ${resources}: ${verbs}`);
  const [read, make] = ["get,list,watch", "get,list,watch,create,delete,deletecollection,patch"];
  const envoy = ["envoyproxies", "envoypatchpolicies", "clienttrafficpolicies", "backendtrafficpolicies", "securitypolicies"];
  const kinds = [...envoy, "envoyextensionpolicies", "backends"];
  const routes = ["gateways", "listenersets", "grpcroutes", "httproutes", "tcproutes", "tlsroutes", "udproutes", "backendtlspolicies"];
  expect(text(namespaceRules)).toEqual([
    ` configmaps,secrets,services: ${read}`,
    `apps deployments,daemonsets: ${read}`,
    `discovery.k8s.io endpointslices: ${read}`,
    `gateway.envoyproxy.io ${kinds},httproutefilters: ${read}`,
    `gateway.envoyproxy.io ${kinds.map((kind) => `${kind}/status`)}: update`,
    `gateway.networking.k8s.io ${routes},referencegrants: ${read}`,
    `gateway.networking.k8s.io ${routes.map((kind) => `${kind}/status`)}: update`,
  ]);
  expect(text(infraRules)).toEqual([
    ` serviceaccounts,services,configmaps: ${make}`,
    `apps deployments,daemonsets: ${make}`,
    `autoscaling horizontalpodautoscalers: ${make}`,
    `policy poddisruptionbudgets: ${make}`,
    `certificates.k8s.io clustertrustbundles: ${read}`,
  ]);
  expect(text(leaderRules)).toEqual([
    `coordination.k8s.io leases: ${read},create,update,patch,delete`,
    " configmaps: update",
    " events: create,patch",
  ]);
});
