import { ModelNamespace } from "../components/namespace/model-namespace";
import { makeCluster } from "./cluster";
import { azureLogin, loadEnvironment, secretValues, serverImages } from "./config";
import { makeMonitoring } from "./monitoring";
import { namespaceArgs } from "./namespace";
import { createModel } from "./servers";

const { environment, plan } = loadEnvironment();

const made = makeCluster(environment, plan, secretValues(environment), azureLogin(environment));
const { provider, secrets, nodes, images, outputs } = made;

const namespace = new ModelNamespace("namespace", namespaceArgs(environment, plan), { provider });
const shared = { namespace: namespace.namespaceName };

const models = plan.models.map((model) => {
  const given = { ...shared, secrets, images: { ...serverImages(environment, plan), ...images }, nodes: nodes[model.name] ?? {} };
  return [model.name, createModel(model, given, environment, { provider }).endpoint] as const;
});

const monitoring = makeMonitoring(environment, plan, provider, secrets);

/** OpenAI-compatible base URL of each model, by the name that clients ask for. */
export const endpoints = Object.fromEntries(models.map(([name, { url }]) => [name, url]));

/** The same by the Service's address, for a client that reaches the cluster's network but not its DNS. */
export const addresses = Object.fromEntries(models.map(([name, { addressUrl }]) => [name, addressUrl]));

/** Time to first token and tokens a second of each name, as the verifier in the cluster measured them. */
export const verified = Object.fromEntries(models.map(([name, { measured }]) => [name, measured]));

/** Size, price and memory of each model. */
export const planned = {
  usdPerMonth: plan.usdPerMonth,
  models: Object.fromEntries(
    plan.models.map(({ name, placement, memory, pod }) => [
      name,
      { size: placement.size, usdPerMonth: placement.usdPerMonth, kvTokens: memory.kvTokens, memoryMib: pod.memoryMib },
    ]),
  ),
};

/** Prometheus, where it is the stack's own. */
export const watched = monitoring?.prometheusUrl ? { prometheusUrl: monitoring.prometheusUrl } : {};

/** The cluster's own, where the stack makes it. */
export const cluster = outputs;

/** Credentials of the cluster, where the stack makes it. */
export const kubeconfig = made.kubeconfig;

export const namespaceName = namespace.namespaceName;
