import type * as pulumi from "@pulumi/pulumi";

import type { Environment } from "../components/environment/environment";
import type { LocalEnvironment } from "../components/local/local-environment";
import type { EnvironmentPlan } from "../lib/planner/types";
import type { Environment as Settings } from "./environment";

/** What the program outputs of an environment, as far as one on Docker has it. */
type Made = { readonly [K in "endpoints" | "addresses" | "verification"]: Environment[K] } & {
  readonly [K in "cluster" | "kubeconfig" | "namespace"]?: Environment[K];
} & {
  readonly monitoring?: { readonly prometheusUrl?: pulumi.Input<string> } | undefined;
  readonly frontDoor: Pick<NonNullable<Environment["frontDoor"]>, "url">;
};

/** An environment on Docker. All of its models have one address, and who made it asks them there: nothing else has a way to them. */
export function createLocal(environment: Settings, plan: EnvironmentPlan): Made {
  // Loaded here, because other environments need not load Docker's SDK.
  const local = require("../components/local/local-environment") as { LocalEnvironment: typeof LocalEnvironment };
  const { gateway, models, monitoring } = new local.LocalEnvironment(environment.name, { environment, plan });
  const endpoints = Object.fromEntries(Object.keys(models).map((name) => [name, gateway.url]));
  return { endpoints, addresses: {}, verification: {}, frontDoor: { url: gateway.url }, monitoring };
}
