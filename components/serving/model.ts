import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { EngineName } from "../../lib/engines/tables";
import { faultMessage } from "../../lib/planner/fault";
import { plan } from "../../lib/planner/plan";
import type { ModelPlan, ModelRequest, PlanRequest } from "../../lib/planner/types";
import type { WeightsSource } from "../../lib/weights/source";
import { refuseOutputs } from "../check";
import { createServer, type ServerSettings } from "./create-server";
import { ModelEndpoint } from "./model-endpoint";
import type { ModelServer } from "./server";

/** Where a model is going to run, for a component that plans itself. */
type Site = Partial<Pick<PlanRequest, "region" | "target" | "pools" | "kubernetesVersion" | "lock" | "allowedLicences">>;

/** What a model needs beside its plan. */
export interface ModelSettings extends ServerSettings {
  /** Image with Python 3, pinned by digest, that asks the model until it answers. */
  readonly verifierImage: pulumi.Input<string>;
}

/**
 * Inputs of {@link Model}: what to serve, and where. The plan is computed from them, so they are plain, but for the namespace, the images and what
 * else of {@link ServerSettings} is an `Input`.
 */
export interface ModelArgs extends Omit<ModelRequest, "weights">, ModelSettings, Site {
  /** Where each engine gets the weights, of the kinds that it reads. @default what the catalog knows */
  readonly weights?: { readonly [E in EngineName]?: SourceOf<E> };
  /** Of a model that is planned already: see {@link PlannedModelArgs}. */
  readonly plan?: never;
}

/** The library is Ollama's own; Hugging Face's folders are read by the others. */
type SourceOf<E extends EngineName> = Exclude<WeightsSource, { kind: E extends "ollama" ? "huggingFace" : "library" }>;

/** Inputs of a {@link Model} that is planned already, together with others. */
export interface PlannedModelArgs extends ModelSettings {
  /** The model's plan. */
  readonly plan: ModelPlan;
  /** What is planned already is not asked for again. */
  readonly engine?: never;
  /** Never given: the plan names it. */
  readonly model?: never;
}

/**
 * One model, from a few words to an endpoint that has answered: it plans itself, downloads its weights, serves them, has an address that stays,
 * and ends an update with an error when it does not answer. Every part is a property.
 */
export class Model extends pulumi.ComponentResource {
  /** What fits where, and why. */
  public readonly plan: ModelPlan;
  /** The engine's server. */
  public readonly server: ModelServer;
  /** The claim that its weights were downloaded to, if they were. */
  public readonly claim: k8s.core.v1.PersistentVolumeClaim | undefined;
  /** Address and verification. */
  public readonly endpoint: ModelEndpoint;
  /** Base URL of the OpenAI-compatible API for clients in the cluster. */
  public readonly url: pulumi.Output<string>;

  /** `name` is the name that clients ask for, and the name of the Service; a DNS label. */
  constructor(name: string, args: ModelArgs | PlannedModelArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slm:serving:Model", name, {}, opts);

    this.plan = args.plan ? args.plan : planOf(this, name, args);
    const own = { parent: this, aliases: [{ parent: pulumi.rootStackResource }] }; // its parts stood alone in 0.1
    this.server = createServer(name, this.plan, settingsOf(args), own);
    this.claim = this.server.claim;
    this.endpoint = new ModelEndpoint(name, { server: this.server, namespace: args.namespace, verifierImage: args.verifierImage }, own);
    this.url = this.endpoint.url;

    this.registerOutputs({ url: this.url });
  }
}

/** The plan of one model; every mistake about it ends the program, in one message. */
function planOf(self: pulumi.Resource, name: string, args: ModelArgs): ModelPlan {
  refuseOutputs(self, args, settingNames);
  const { region = "eastus", target = "kubernetes", pools, kubernetesVersion, lock, allowedLicences, hfToken, ...request } = args;
  const site = { ...(pools ? { pools } : {}), ...(kubernetesVersion ? { kubernetesVersion } : {}) };
  const terms = { ...(lock ? { lock } : {}), ...(allowedLicences ? { allowedLicences } : {}) };
  const planned = plan({ name, region, target, ...site, ...terms, hfToken: hfToken !== undefined, models: { [name]: request } });
  const [model] = planned.models;
  if (!model || planned.faults.length > 0)
    throw new pulumi.ResourceError(planned.faults.map((fault) => faultMessage(within(name, fault))).join("\n"), self, true);
  for (const warning of planned.warnings) void pulumi.log.warn(warning, self);
  return model;
}

/** What no plan is computed from. */
const settingNames = ["namespace", "image", "verifierImage", "pod", "nodes", "hfToken", "telemetry"];

/** A fault with its path from the component's arguments on, not from an environment file's. */
const within = <T extends { path: string }>(name: string, fault: T): T => ({
  ...fault,
  path: fault.path.replace(`models.${name}.`, "").replace(`models.${name}`, "model"),
});

const settingsOf = ({ namespace, image, pod, nodes, hfToken, hfEndpoint, telemetry, ollama }: ServerSettings): ServerSettings => {
  const given = { pod, nodes, hfToken, hfEndpoint, telemetry, ollama };
  return { namespace, image, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
};
