import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import type { Login } from "../../lib/azure/kubeconfig";
import { type environmentArguments, environmentOf } from "../../lib/environment/arguments";
import type { Environment as Settings } from "../../lib/environment/environment";
import { gatewayName } from "../../lib/gateway/metrics";
import { own } from "../../lib/own";
import type { EnvironmentPlan } from "../../lib/planner/types";
import { mustBePlain, outputsIn } from "../check";
import type { Gateway } from "../gateway/gateway";
import type { Monitoring } from "../monitoring/monitoring";
import { ModelNamespace } from "../namespace/model-namespace";
import type { Autoscaler } from "../scaling/autoscaler";
import type { SecretValues } from "../secrets/secret-store";
import type { Model } from "../serving/model";
import type { Measured } from "../serving/model-endpoint";
import { type Cluster, makeCluster } from "./cluster";
import { makeGateway } from "./gateway";
import { azureLogin, grafanaPassword, runnablePlan, serverImages } from "./inputs";
import { makeMonitoring } from "./monitoring";
import { namespaceArgs } from "./namespace";
import { makeScaling } from "./scaling";
import { createModel, hfTokenName } from "./servers";

/** What an environment's file says (docs/examples), with what the files that it names hold. The plan is computed from all of it, so it is plain. */
export interface EnvironmentArgs extends z.input<typeof environmentArguments> {
  /** Hugging Face token. @default none: public repositories only */
  readonly hfToken?: pulumi.Input<string>;
  /** The cluster that models run in, where the program has it already. Of no meaning with `azure`. @default what `kubernetes` says */
  readonly provider?: k8s.Provider;
  /** Of an environment that is planned already: see {@link PlannedEnvironmentArgs}. */
  readonly environment?: never;
}

/** An environment that is read and planned already, as this project's own program does from its file. */
export interface PlannedEnvironmentArgs {
  /** What the file says, checked. */
  readonly environment: Settings;
  /** A plan without faults. */
  readonly plan: EnvironmentPlan;
  /** The environment's secrets, by their names in its store. */
  readonly secrets: SecretValues;
  /** How the program enters a cluster on Azure. */
  readonly login?: Login | undefined;
  /** The file that messages name. */
  readonly from: string;
  /** What is read already is not asked for again. */
  readonly models?: never;
  /** Never given: the environment names them. */
  readonly images?: never;
  /** Provider of the cluster. @default the one that the environment names */
  readonly provider?: k8s.Provider;
}

type ByName<T> = Readonly<Record<string, T>>;

/**
 * All of an environment: a cluster, or one that is there; a namespace, every model behind an address that has answered, and their monitoring.
 * Its parts have names of their own, so that a program has one of it in a stack. Its parts stood alone in 0.1, and are none of them replaced.
 */
export class Environment extends pulumi.ComponentResource {
  /** What fits where, and why. */
  public readonly plan: EnvironmentPlan;
  /** The cluster's provider. */
  public readonly provider: k8s.Provider;
  /** Credentials of a cluster that is made here, as a secret; undefined where it is there. */
  public readonly kubeconfig: pulumi.Output<string> | undefined;
  /** What is known of a cluster that is made here, such as its name and registry. */
  public readonly cluster: Cluster["outputs"];
  public readonly namespace: ModelNamespace;
  /** Models by the name that clients ask for. */
  public readonly models: ByName<Model>;
  /** Undefined: it has none. */
  public readonly monitoring: Monitoring | undefined;
  /** Scalers by the model whose pods they set. */
  public readonly scalers: ByName<Autoscaler>;
  /** One host before all models. Undefined: it has none. */
  public readonly gateway: Gateway | undefined;
  /** The front door's base URL, and the Service before it. Undefined: there is none. */
  public readonly frontDoor: { readonly url: pulumi.Output<string>; readonly namespace: string; readonly service: string } | undefined;
  /** OpenAI-compatible base URL of each model. */
  public readonly endpoints: ByName<pulumi.Output<string>>;
  /** The same by the Service's address, for a client that reaches the cluster's network but not its DNS. */
  public readonly addresses: ByName<pulumi.Output<string>>;
  /** Time to first token and tokens a second of each name, as the verifier in the cluster measured them. */
  public readonly verification: ByName<pulumi.Output<ByName<Measured>>>;

  /** `name` is the environment's: part of names on Azure, and a label of alerts. Every mistake ends the program before anything is registered. */
  constructor(name: string, args: EnvironmentArgs | PlannedEnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    const planned = args.environment ? args : plannedArgs(name, args);
    super("slm:environment:Environment", name, {}, opts);

    const { environment, plan, secrets: values, ...entry } = planned;
    const own = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] };
    const made = makeCluster(environment, plan, values, { ...entry, own });
    const inCluster = { ...own, provider: made.provider };
    this.plan = plan;
    this.provider = made.provider;
    this.kubeconfig = made.kubeconfig;
    this.cluster = made.outputs;
    this.namespace = new ModelNamespace("namespace", namespaceArgs(environment, plan), inCluster);
    this.models = modelsOf(planned, made, this.namespace, inCluster);
    const services = Object.values(this.models).map(({ endpoint }) => endpoint.service);
    this.gateway = makeGateway(environment, this.namespace.namespaceName, services, { parent: this, provider: made.provider });
    this.frontDoor = this.gateway && { url: this.gateway.url, namespace: environment.gateway!.namespace, service: gatewayName };
    this.monitoring = makeMonitoring(environment, plan, made.provider, made.secrets, own);
    this.scalers = makeScaling(
      environment,
      plan,
      { ...this, modelNamespace: this.namespace.namespaceName },
      { parent: this, provider: made.provider },
    );

    this.endpoints = each(this.models, ({ url }) => url);
    this.addresses = each(this.models, ({ endpoint }) => endpoint.addressUrl);
    this.verification = each(this.models, ({ endpoint }) => endpoint.measured);
    const { endpoints, addresses, verification } = this;
    this.registerOutputs({ endpoints, addresses, verification, namespaceName: this.namespace.namespaceName });
  }
}

const each = <T, U>(record: ByName<T>, value: (entry: T) => U): ByName<U> =>
  Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, value(entry)]));

/** Reads and plans an environment. */
function plannedArgs(name: string, { hfToken, provider, ...args }: EnvironmentArgs): PlannedEnvironmentArgs {
  const from = `the Environment ${JSON.stringify(name)}`;
  const later = outputsIn(args).map((at) => `✖ ${at.join(".")}: ${mustBePlain}`);
  if (later.length > 0) throw new pulumi.RunError(`${from} is invalid:\n${later.join("\n")}`);
  const environment = environmentOf(name, args, hfToken !== undefined);
  if (typeof environment === "string") throw new pulumi.RunError(`${from} is invalid:\n${environment}`);
  if (environment.target === "docker")
    throw new pulumi.RunError(
      `${from} is invalid:\n✖ target: must be kubernetes or azure, got docker: use LocalEnvironment of slm-stack/local`,
    );
  const plan = runnablePlan(environment, from);
  const secrets = { ...(hfToken === undefined ? {} : { [hfTokenName]: pulumi.secret(hfToken) }), ...grafanaPassword(environment) };
  return { environment, plan, secrets, login: azureLogin(environment), from, ...(provider ? { provider } : {}) };
}

/** Every model, on the nodes that the cluster has for it. */
function modelsOf(
  { environment, plan }: PlannedEnvironmentArgs,
  { secrets, nodes, images: built }: Cluster,
  { namespaceName }: ModelNamespace,
  opts: pulumi.ComponentResourceOptions,
): ByName<Model> {
  const images = { ...serverImages(environment, plan), ...built };
  const given = { namespace: namespaceName, secrets, images };
  return Object.fromEntries(
    plan.models.map((model) => [model.name, createModel(model, { ...given, nodes: own(nodes, model.name) ?? {} }, environment, opts)]),
  );
}
