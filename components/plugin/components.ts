import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { environmentArguments } from "../../lib/environment/arguments";
import { autoscalerArguments, autoscalerInputs } from "../../lib/package-schema/autoscaler-arguments";
import { modelArguments, modelInputs } from "../../lib/package-schema/model-arguments";
import { namespaceArguments } from "../../lib/package-schema/namespace-arguments";
import type { ComponentSchema } from "../../lib/package-schema/package-schema";
import { Environment, type EnvironmentArgs } from "../environment/environment";
import { ModelNamespace, type ModelNamespaceArgs } from "../namespace/model-namespace";
import { Autoscaler, type AutoscalerArgs } from "../scaling/autoscaler";
import { Model, type ModelArgs } from "../serving/model";

/** A component that was made, and its outputs by name. */
interface Created {
  readonly component: pulumi.ComponentResource;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** A component that the plugin makes for programs in other languages; its arguments are checked before. */
interface HostedComponent extends ComponentSchema {
  create(name: string, args: object, opts: pulumi.ComponentResourceOptions): Created;
}

const text = (description: string) => ({ type: "string", description });
const byName = (values: object, description: string) => ({ type: "object", additionalProperties: values, description });
const anything = { $ref: "pulumi.json#/Any" };

const model: HostedComponent = {
  token: "slm:serving:Model",
  description: "One model, from a few words to an endpoint that has answered: planned, downloaded, served and verified.",
  arguments: modelArguments,
  inputs: modelInputs,
  outputs: {
    url: text("Base URL of the OpenAI-compatible API for clients in the cluster."),
    addressUrl: text("The same by the Service's address."),
    measured: byName(anything, "Seconds to the first token and tokens a second of each name, as the verifier measured them."),
  },
  create(name, args, opts) {
    const component = new Model(name, args as ModelArgs, opts);
    const { url, addressUrl, measured } = component.endpoint;
    return { component, outputs: { url, addressUrl, measured } };
  },
};

const namespace: HostedComponent = {
  token: "slm:namespace:ModelNamespace",
  description: "A namespace that admits restricted pods only, and refuses every path that is not named.",
  arguments: namespaceArguments,
  inputs: [],
  outputs: { namespaceName: text("Its name, once its policies are there.") },
  create(name, args, opts) {
    const component = new ModelNamespace(name, args as ModelNamespaceArgs, opts);
    return { component, outputs: { namespaceName: component.namespaceName } };
  },
};

const environment: HostedComponent = {
  token: "slm:environment:Environment",
  description:
    "All of an environment: a namespace with every model and their monitoring, in a cluster that is there or that is made on Azure.",
  arguments: z.strictObject({ ...environmentArguments.shape, hfToken: z.string().optional().describe("Hugging Face token.") }),
  inputs: ["hfToken"],
  outputs: {
    endpoints: byName({ type: "string" }, "OpenAI-compatible base URL of each model."),
    addresses: byName({ type: "string" }, "The same by the Service's address."),
    verification: byName(anything, "What each model showed when it was verified."),
    namespaceName: text("Namespace of the models."),
  },
  create(name, args, opts) {
    const component = new Environment(name, args as EnvironmentArgs, opts);
    const { endpoints, addresses, verification, namespace } = component;
    return { component, outputs: { endpoints, addresses, verification, namespaceName: namespace.namespaceName } };
  },
};

const autoscaler: HostedComponent = {
  token: "slm:scaling:Autoscaler",
  description: "Sets the number of pods of one model between two bounds, by what Prometheus says of it, with KEDA.",
  arguments: autoscalerArguments,
  inputs: autoscalerInputs,
  outputs: {},
  create: (name, args, opts) => ({ component: new Autoscaler(name, args as AutoscalerArgs, opts), outputs: {} }),
};

/** Every component that other languages can make, by its type. */
export const hosted: Readonly<Record<string, HostedComponent>> = Object.fromEntries(
  [model, namespace, autoscaler, environment].map((component) => [component.token, component]),
);
