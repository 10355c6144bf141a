import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Login } from "../../lib/azure/kubeconfig";
import type { Environment } from "../../lib/environment/environment";
import { builtImages } from "../../lib/environment/image-names";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { KubernetesSecretStore } from "../secrets/kubernetes-secret-store";
import type { SecretStore, SecretValues } from "../secrets/secret-store";
import type { Nodes } from "../serving/server-args";
import { azureRules } from "./monitoring";

/** The cluster that models run in, and where the pods of each go. */
export interface Cluster {
  readonly provider: k8s.Provider;
  /** Credentials of a cluster that the stack makes, as a secret; absent where it is there. */
  readonly kubeconfig?: pulumi.Output<string>;
  /** Keeps the secrets of the environment; absent where it has none. */
  readonly secrets?: SecretStore;
  readonly nodes: Readonly<Record<string, Nodes>>;
  /** Images that the stack builds, by name; each a reference by digest. */
  readonly images: Readonly<Record<string, pulumi.Output<string>>>;
  readonly outputs: Readonly<Record<string, pulumi.Output<string>>>;
}

/** How a cluster is entered, and how what is made is distinguished from the rest of a program. */
interface Entry {
  /** On Azure. @default by the Azure CLI's session */
  readonly login?: Login | undefined;
  /** What messages call the settings. @default "the settings of" and the environment's name */
  readonly from?: string | undefined;
  /** A cluster that is there. @default what `kubernetes` says */
  readonly provider?: k8s.Provider | undefined;
  /** Options of everything that is made. @default none */
  readonly own?: pulumi.ResourceOptions;
}

/** The cluster of an environment: one that is there, or one on Azure with what belongs to it, which is entered by `login`. */
export function makeCluster(
  environment: Environment,
  plan: EnvironmentPlan,
  values: SecretValues,
  { login, from, provider: given, own = {} }: Entry = {},
): Cluster {
  const { azure, name, kubernetes } = environment;
  if (azure) {
    // Loaded here, because the SDK takes 0.7 s and 165 MB that other environments need not pay.
    const { composeAzure } = require("./azure") as typeof import("./azure");
    const images = builtImages(environment, plan);
    const ruleGroups = azureRules(environment, plan);
    const hostNames = environment.weightsFrom.some((from) => typeof from !== "string");
    const {
      provider,
      kubeconfig,
      secrets,
      placements,
      images: built,
      outputs,
    } = composeAzure({
      name,
      settings: azure,
      plan,
      secrets: values,
      images,
      hostNames,
      ruleGroups,
      own,
      ...(login ? { login } : {}),
      ...(from ? { from } : {}),
    });
    const nodes = Object.entries(placements).map(([model, { nodeSelector, taints, ready }]) => [
      model,
      { labels: nodeSelector, taints, ready },
    ]);
    return { provider, kubeconfig, secrets, nodes: Object.fromEntries(nodes), images: built, outputs };
  }
  const clusterIdentifier = kubernetes.name ?? kubernetes.context;
  const access = {
    ...(kubernetes.kubeconfig ? { kubeconfig: kubernetes.kubeconfig } : {}),
    ...(kubernetes.context ? { context: kubernetes.context } : {}),
    ...(clusterIdentifier ? { clusterIdentifier } : {}),
  };
  const provider = given ?? new k8s.Provider("cluster", access, own);
  const secrets = Object.keys(values).length > 0 ? { secrets: new KubernetesSecretStore("secrets", { values, provider }, own) } : {};
  return { provider, ...secrets, nodes: {}, images: {}, outputs: {} };
}
