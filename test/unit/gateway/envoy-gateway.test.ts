import { beforeAll, beforeEach, expect, it } from "vitest";
import { EnvoyGateway } from "../../../components/gateway/envoy-gateway";
import { proxyObject } from "../../../components/gateway/proxy";
import { messageOf } from "../../support/errors";
import { gatewaySettings } from "../../support/gateway";
import { dependenciesOf, mockPulumi, only, registered, registeredOutputs, reset } from "../../support/mocks";
import { pinned } from "../../support/program";

beforeAll(mockPulumi);
beforeEach(reset);

const args = { namespace: "door", className: "door", watchNamespaces: ["door", "models"], image: pinned("envoy-gateway") };
const made = async () => {
  new EnvoyGateway("eg", args);
  await registeredOutputs("eg");
};
const inputs = (name: string) => registered.find((resource) => resource.name === name)!.inputs;

it("a controller of named namespaces is these objects, and no other", async () => {
  await made();
  expect(registered.map(({ type, name }) => `${type.replace("kubernetes:", "")} ${name}`).sort()).toEqual([
    "apps/v1:Deployment eg-controller",
    "batch/v1:Job eg-certgen",
    "core/v1:ConfigMap eg-config",
    "core/v1:Service eg-service",
    "core/v1:ServiceAccount eg-certgen-account",
    "core/v1:ServiceAccount eg-controller-account",
    "gateway.networking.k8s.io/v1:GatewayClass eg-class",
    "networking.k8s.io/v1:NetworkPolicy eg-configures-proxies",
    "networking.k8s.io/v1:NetworkPolicy eg-deny-ingress",
    "rbac.authorization.k8s.io/v1:ClusterRole eg-cluster-role",
    "rbac.authorization.k8s.io/v1:ClusterRoleBinding eg-cluster-binding",
    "rbac.authorization.k8s.io/v1:Role eg-certgen-role",
    "rbac.authorization.k8s.io/v1:Role eg-infra-role",
    "rbac.authorization.k8s.io/v1:Role eg-watch-0-role",
    "rbac.authorization.k8s.io/v1:Role eg-watch-1-role",
    "rbac.authorization.k8s.io/v1:RoleBinding eg-certgen-binding",
    "rbac.authorization.k8s.io/v1:RoleBinding eg-infra-binding",
    "rbac.authorization.k8s.io/v1:RoleBinding eg-watch-0-binding",
    "rbac.authorization.k8s.io/v1:RoleBinding eg-watch-1-binding",
    "slm:gateway:EnvoyGateway eg",
  ]);
  expect(dependenciesOf("eg-class")).toEqual(["eg-controller"]);
  expect(dependenciesOf("eg-controller")).toEqual(
    expect.arrayContaining(["eg-certgen", "eg-deny-ingress", "eg-watch-0-binding", "eg-watch-1-binding"]),
  );
  expect(dependenciesOf("eg-certgen")).toEqual(["eg-certgen-account", "eg-certgen-binding", "eg-configures-proxies", "eg-deny-ingress"]);
});

it("it answers to a class of its own, sees its namespaces alone, and lets them carry the router", async () => {
  await made();
  expect(JSON.parse(inputs("eg-config")["data"]["config.json"])).toEqual({
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    gateway: { controllerName: "gateway.envoyproxy.io/door" },
    provider: {
      type: "Kubernetes",
      kubernetes: { watch: { type: "Namespaces", namespaces: ["door", "models"] }, shutdownManager: { image: args.image } },
    },
    extensionApis: { enableLua: true, enableBackend: true },
    proxyTopologyInjector: { disabled: true },
    logging: { level: { default: "info" } },
  });
  expect(inputs("eg-class")["spec"]).toEqual({ controllerName: "gateway.envoyproxy.io/door" });
});

it("it reads Secrets in its namespaces and nowhere else, and changes nothing of the whole cluster but its class", async () => {
  await made();
  const { rules } = only("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole").inputs as {
    rules: { resources: string[]; verbs: string[] }[];
  };
  expect(rules.flatMap(({ resources }) => resources)).toEqual([
    "nodes",
    "namespaces",
    "gatewayclasses",
    "gatewayclasses/status",
    "serviceimports",
  ]);
  const roles = registered.filter(({ type }) => type.endsWith(":Role"));
  const readers = roles.filter(({ inputs: { rules: granted } }) =>
    (granted as { resources: string[] }[]).some(({ resources }) => resources.includes("secrets")),
  );
  expect(readers.map(({ inputs: { metadata } }) => metadata.namespace).sort()).toEqual(["door", "door", "models"]);
  expect(inputs("eg-certgen-role")["rules"]).toEqual([
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
    {
      ...{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "update"] },
      resourceNames: ["envoy-gateway", "envoy", "envoy-rate-limit", "envoy-oidc-hmac"],
    },
  ]);
});

it("an image must be pinned, and a class have a name", () => {
  expect(messageOf(() => new EnvoyGateway("eg", { ...args, image: "envoyproxy/gateway:v1.9.1" }))).toBe(
    'image: must be pinned by digest (name@sha256:<64 hex>), got "envoyproxy/gateway:v1.9.1"',
  );
  expect(messageOf(() => new EnvoyGateway("eg", { ...args, className: "Door" }))).toMatch(/^className: must be a DNS label/);
});

const service = (more: object) => {
  const { provider } = proxyObject(gatewaySettings(more)).spec as { provider: { kubernetes: Record<string, object> } };
  return provider.kubernetes;
};

it("Envoy's pods are restricted, two, and never both away; their Service is of the cluster alone", () => {
  const { envoyDeployment, envoyPDB, envoyService } = service({});
  expect(envoyDeployment).toEqual({
    replicas: 2,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    pod: {
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532 },
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
    },
    patch: {
      type: "StrategicMerge",
      value: {
        spec: {
          template: {
            spec: {
              volumes: [{ name: "tmp", emptyDir: { sizeLimit: "1Mi" } }],
              containers: [{ name: "shutdown-manager", volumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }],
            },
          },
        },
      },
    },
    container: {
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: { type: "RuntimeDefault" } },
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      },
      resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
    },
  });
  expect(envoyPDB).toEqual({ maxUnavailable: 1 });
  expect(envoyService).toEqual({ name: "front", type: "ClusterIP" });
});

it("it is reached from outside when it is public, or when a cloud is configured how; one pod has no disruption budget", () => {
  expect(service({ exposure: "public" })["envoyService"]).toEqual({ name: "front", type: "LoadBalancer" });
  const serviceAnnotations = { internal: "true" };
  expect(service({ serviceAnnotations })["envoyService"]).toEqual({ name: "front", type: "LoadBalancer", annotations: serviceAnnotations });
  const { envoyPDB, envoyDeployment } = service({ replicas: 1, envoyImage: "envoy@sha256:1" });
  expect(envoyPDB).toBeUndefined();
  expect(envoyDeployment).toMatchObject({ replicas: 1, container: { image: "envoy@sha256:1" } });
});

it("the log of requests tells who, which model and how long, and never what was said", () => {
  const { telemetry, shutdown } = proxyObject(gatewaySettings()).spec as { telemetry: object; shutdown: object };
  const [{ format, sinks }] = (telemetry as { accessLog: { settings: [{ format: { json: object }; sinks: object[] }] } }).accessLog
    .settings;
  expect(format.json).toEqual({
    start: "%START_TIME%",
    requestId: "%REQ(X-REQUEST-ID)%",
    consumer: "%REQ(X-SLM-CONSUMER)%",
    model: "%REQ(X-SLM-MODEL)%",
    served: "%RESP(X-SLM-SERVED)%",
    tokens: "%DYNAMIC_METADATA(slm:tokens)%",
    method: "%REQ(:METHOD)%",
    path: "%PATH(NQ)%",
    status: "%RESPONSE_CODE%",
    details: "%RESPONSE_CODE_DETAILS%",
    flags: "%RESPONSE_FLAGS%",
    requestBytes: "%BYTES_RECEIVED%",
    responseBytes: "%BYTES_SENT%",
    milliseconds: "%DURATION%",
    firstByteMilliseconds: "%RESPONSE_DURATION%",
    upstream: "%UPSTREAM_HOST%",
  });
  expect(sinks).toEqual([{ type: "File", file: { path: "/dev/stdout" } }]);
  expect(shutdown).toEqual({ drainTimeout: "600s", minDrainDuration: "10s" });
});

it("nobody reaches a pod of its namespace but Envoy's pods, which ask the controller for what they are to do", async () => {
  await made();
  expect(inputs("eg-deny-ingress")["spec"]).toEqual({ podSelector: {}, policyTypes: ["Ingress"] });
  expect(inputs("eg-configures-proxies")["spec"]).toEqual({
    podSelector: { matchLabels: { "control-plane": "envoy-gateway" } },
    policyTypes: ["Ingress"],
    ingress: [
      {
        from: [
          { podSelector: { matchLabels: { "app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway" } } },
        ],
        ports: [{ port: 18000, protocol: "TCP" }],
      },
    ],
  });
});
