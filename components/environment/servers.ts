import type * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../lib/environment/environment";
import { imageName, verifierImage } from "../../lib/environment/image-names";
import { artefactsOf } from "../../lib/planner/artefacts";
import type { ModelPlan } from "../../lib/planner/types";
import type { SecretStore } from "../secrets/secret-store";
import { Model, type PlannedModelArgs } from "../serving/model";
import type { Nodes, ServerArgs } from "../serving/server-args";
import { telemetryOf } from "./monitoring";

/** Name of the Hugging Face token in the store of secrets. */
export const hfTokenName = "hugging-face";

/** What all models share, and where this one goes. */
interface Given {
  readonly namespace: pulumi.Input<string>;
  readonly nodes?: Nodes;
  readonly secrets: SecretStore | undefined;
  /** Images by name, each pinned by digest. */
  readonly images: Readonly<Record<string, pulumi.Input<string>>>;
}

/** One model of an environment. */
export function createModel(plan: ModelPlan, given: Given, environment: Environment, opts: pulumi.ComponentResourceOptions): Model {
  return new Model(plan.name, modelArgs(plan, given, environment), opts);
}

function modelArgs(plan: ModelPlan, { images, secrets, namespace, nodes }: Given, environment: Environment): PlannedModelArgs {
  const { ollama: { additionalModels: _additionalModels, ...ollama } = {}, nodeLabels } = environment.models[plan.name]!;
  const telemetry = telemetryOf(environment);
  return {
    plan,
    namespace,
    image: images[imageName(plan)]!,
    verifierImage: environment.imageDigests[verifierImage]!,
    nodes: { ...nodes, labels: { ...nodes?.labels, ...nodeLabels } },
    ollama,
    ...(telemetry ? { telemetry } : {}),
    ...(environment.hfToken ? tokenOf(plan, secrets, namespace) : {}),
    ...(environment.hfEndpoint ? { hfEndpoint: environment.hfEndpoint } : {}),
  };
}

/** The token, for the one pod that takes it to Hugging Face: its workload reads nothing else. */
function tokenOf(plan: ModelPlan, secrets: SecretStore | undefined, namespace: pulumi.Input<string>): Pick<ServerArgs, "hfToken"> {
  const needed = artefactsOf(plan).some(({ source }) => source.kind === "huggingFace");
  if (!secrets || !needed) return {};
  return { hfToken: { mount: secrets.grant({ name: `${plan.name}-weights`, namespace }, [hfTokenName]), name: hfTokenName } };
}
