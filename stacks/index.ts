import { Environment } from "../components/environment/environment";
import { azureLogin } from "../components/environment/inputs";
import { loadEnvironment, secretValues } from "./config";
import { createLocal } from "./local";
import { naming, ownOwner } from "./ownership";
import { leavePromisesUnmapped } from "./stack-traces";

leavePromisesUnmapped();
// It is for the plugin's process in one update; the SDK would write it into the provider's inputs, and so into the state.
delete process.env["PULUMI_K8S_ENABLE_PATCH_FORCE"];

const { environment, plan: environmentPlan, from } = loadEnvironment();
const secrets = secretValues(environment);
const args = { environment, plan: environmentPlan, secrets, login: azureLogin(environment), from };
const made =
  environment.target === "docker"
    ? createLocal(environment, environmentPlan)
    : new Environment(environment.name, args, { transformations: [naming(ownOwner())] });

/** OpenAI-compatible base URL of each model, by the name that clients ask for. */
export const { endpoints } = made;

/** The same by the Service's address, for a client that reaches the cluster's network but not its DNS. */
export const { addresses } = made;

/** The front door, where there is one: its base URL, and in a cluster the Service before it. */
export const { frontDoor } = made;

/** Time to first token and tokens a second of each name, as the verifier in the cluster measured them. */
export const { verification } = made;

/** Size, price and memory of each model. */
export const plan = {
  usdPerMonth: environmentPlan.usdPerMonth,
  models: Object.fromEntries(
    environmentPlan.models.map(({ name, placement, memory, pod }) => [
      name,
      { size: placement.size, usdPerMonth: placement.usdPerMonth, kvTokens: memory.kvTokens, memoryMib: pod.memoryMib },
    ]),
  ),
};

/** Prometheus, where it is the stack's own. */
export const prometheus = made.monitoring?.prometheusUrl ? { prometheusUrl: made.monitoring.prometheusUrl } : {};

/** The cluster's own, where the stack makes it. */
export const { cluster } = made;

/** Credentials of the cluster, where the stack makes it. */
export const { kubeconfig } = made;

/** The namespace of the models; on Docker there is none. */
export const namespaceName = made.namespace?.namespaceName;
