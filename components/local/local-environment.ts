import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";

import { type environmentArguments, environmentOf } from "../../lib/environment/arguments";
import { dockerDefaults } from "../../lib/environment/docker-config";
import type { Environment as Settings } from "../../lib/environment/environment";
import { routedModels } from "../../lib/environment/gateway-config";
import { imageName } from "../../lib/environment/image-names";
import { artefactsOf } from "../../lib/planner/artefacts";
import type { EnvironmentPlan, ModelPlan } from "../../lib/planner/types";
import { needsDownload } from "../../lib/weights/source";
import { mustBePlain, outputsIn } from "../check";
import { consumersOf } from "../environment/gateway";
import { runnablePlan, serverImages } from "../environment/inputs";
import { LocalGateway } from "./local-gateway";
import { LocalModel } from "./local-model";
import { LocalMonitoring } from "./local-monitoring";
import { environmentLabel, labelList, prefixOf } from "./names";

/** What an environment's file says with `target: docker`, with what the files that it names hold. */
export interface LocalEnvironmentArgs extends z.input<typeof environmentArguments> {
  /** Of an environment that is planned already: see {@link PlannedLocalEnvironmentArgs}. */
  readonly environment?: never;
}

/** An environment that is read and planned already, as this project's own program does from its file. */
export interface PlannedLocalEnvironmentArgs {
  /** What the file says, checked. */
  readonly environment: Settings;
  /** A plan without faults. */
  readonly plan: EnvironmentPlan;
  /** Never given: the plan has them. */
  readonly models?: never;
}

type ByName<T> = Readonly<Record<string, T>>;

/**
 * All of an environment on a Docker engine: its networks, every model, and the gateway before them. Servers are in a network without a way out; only
 * the gateway is reached from this machine. The engine is the one that Docker's own variables name.
 */
export class LocalEnvironment extends pulumi.ComponentResource {
  /** What fits, and why. */
  public readonly plan: EnvironmentPlan;
  /** Models by the name that clients ask for. */
  public readonly models: ByName<LocalModel>;
  /** One host before all models. */
  public readonly gateway: LocalGateway;
  /** Prometheus and Grafana; undefined: the environment asks for none. */
  public readonly monitoring: LocalMonitoring | undefined;

  /** `name` is the environment's: names on the engine begin with it. Every mistake ends the program before anything is registered. */
  constructor(name: string, args: LocalEnvironmentArgs | PlannedLocalEnvironmentArgs, opts?: pulumi.ComponentResourceOptions) {
    const { environment, plan } = args.environment ? args : planned(name, args);
    super("slm:local:LocalEnvironment", name, {}, opts);

    this.plan = plan;
    const networks = createNetworks(environment.name, needsWayOut(plan), this);
    const images = serverImages(environment, plan);
    const given = { environment: environment.name, network: networks.models, downloadNetwork: networks.downloads };
    this.models = Object.fromEntries(
      plan.models.map((model) => [
        model.name,
        new LocalModel(
          model.name,
          { ...given, plan: model, image: images[imageName(model)]!, ...customised(environment, model) },
          { parent: this },
        ),
      ]),
    );
    this.gateway = createGateway(environment, networks, this);
    this.monitoring = createMonitoring(environment, plan, networks, this);

    this.registerOutputs({ url: this.gateway.url });
  }
}

/** Reads and plans an environment. */
function planned(name: string, args: LocalEnvironmentArgs): PlannedLocalEnvironmentArgs {
  const from = `the LocalEnvironment ${JSON.stringify(name)}`;
  const later = outputsIn(args).map((at) => `✖ ${at.join(".")}: ${mustBePlain}`);
  if (later.length > 0) throw new pulumi.RunError(`${from} is invalid:\n${later.join("\n")}`);
  const environment = environmentOf(name, args, false);
  if (typeof environment === "string") throw new pulumi.RunError(`${from} is invalid:\n${environment}`);
  if (environment.target !== "docker")
    throw new pulumi.RunError(`${from} is invalid:\n✖ target: must be docker, got ${environment.target}`);
  return { environment, plan: runnablePlan(environment, from) };
}

const needsWayOut = ({ models }: EnvironmentPlan): boolean => models.flatMap(artefactsOf).some(({ source }) => needsDownload(source));

interface Networks {
  readonly models: pulumi.Output<string>;
  readonly door: pulumi.Output<string>;
  readonly downloads: pulumi.Output<string>;
}

/**
 * The servers' network has no way out. The gateway is in one more, without which the engine would publish no port; nothing of it is sent on with an
 * address that would find back. Where weights are downloaded, the containers that do so have one to themselves.
 */
function createNetworks(environment: string, wayOut: boolean, parent: pulumi.Resource): Networks {
  const create = (role: string, overrides: Partial<docker.NetworkArgs>) =>
    new docker.Network(
      `${role}-network`,
      { name: `${prefixOf(environment)}-${role}`, driver: "bridge", labels: labelList({ [environmentLabel]: environment }), ...overrides },
      { parent, deleteBeforeReplace: true },
    ).name;
  const models = create("models", { internal: true });
  const door = create("door", { options: { "com.docker.network.bridge.enable_ip_masquerade": "false" } });
  return { models, door, downloads: wayOut ? create("downloads", {}) : models };
}

function customised({ models, hfEndpoint }: Settings, { name }: ModelPlan) {
  const { additionalModels: _more, ...ollama } = models[name]!.ollama ?? {};
  return { ollama, ...(hfEndpoint ? { hfEndpoint } : {}) };
}

function createGateway(environment: Settings, networks: Networks, parent: pulumi.Resource): LocalGateway {
  const { name, gateway, docker: { address, port } = dockerDefaults, models, imageDigests } = environment;
  return new LocalGateway(
    "gateway",
    {
      environment: name,
      ...{ host: gateway!.host, limits: gateway!.limits },
      ...{ address, port },
      image: imageDigests["envoy"]!,
      networks,
      models: routedModels(models),
      consumers: consumersOf(environment),
      metrics: environment.docker?.monitoring !== undefined,
    },
    { parent },
  );
}

function createMonitoring(
  { name, docker: section, imageDigests: images }: Settings,
  plan: EnvironmentPlan,
  networks: Networks,
  parent: pulumi.Resource,
): LocalMonitoring | undefined {
  if (!section?.monitoring) return undefined;
  const { port, grafanaPort, retentionDays } = section.monitoring;
  return new LocalMonitoring(
    "monitoring",
    {
      ...{ environment: name, plan, networks, port, retentionDays },
      images: { prometheus: images["prometheus"]!, ...(grafanaPort === undefined ? {} : { grafana: images["grafana"]! }) },
      ...(grafanaPort === undefined ? {} : { grafanaPort }),
    },
    { parent },
  );
}
