import { core } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { EnvoyGateway, Gateway, Model, ModelNamespace } from "slm-stack";

const config = new Config();
const images = config.requireObject<Record<"ollama" | "python" | "envoyGateway" | "envoy", string>>("images"); // by digest

const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
const own = new core.v1.Namespace("gateway", { metadata: { name: "gateway", labels: restricted } }).metadata.name;
const { namespaceName: namespace } = new ModelNamespace("models", { clients: [{ namespace: own }] });

const shared = { engine: "ollama", namespace, image: images.ollama, verifierImage: images.python } as const;
const chat = new Model("chat", { ...shared, model: "qwen3-0.6b" });
const coder = new Model("coder", { ...shared, model: "qwen2.5-coder-0.5b-instruct" });

// The kinds of the Gateway API and of Envoy Gateway are in the cluster, and a Secret `models-tls` of type kubernetes.io/tls in the namespace `gateway`.
const watchNamespaces = [own, namespace];
const { controller } = new EnvoyGateway("controller", { namespace: own, className: "models", watchNamespaces, image: images.envoyGateway });
export const { url } = new Gateway(
  "front",
  {
    namespace: own,
    modelNamespace: namespace,
    host: config.require("host"),
    tls: { secret: "models-tls" },
    controller,
    envoyImage: images.envoy,
    models: [
      { name: "chat", names: ["chat"] },
      { name: "coder", names: ["coder"] },
    ],
    consumers: [{ name: "app", models: ["chat", "coder"], requestsPerMinute: 60 }], // its keys: the Secret `app-keys`, which is made empty
    clients: [{ namespace: "default" }],
  },
  { dependsOn: [chat, coder] },
);
