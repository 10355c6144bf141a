import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { composeAzure } from "../../../components/environment/azure";
import { azureSchema } from "../../../lib/environment/azure-config";
import { tolerationsOf } from "../../../lib/taints";
import { azurePlan } from "../../support/azure-plan";

/** A program that composes an environment on Azure and places one small pod per model on it: what the tests of the composition run. */
const config = new pulumi.Config("slm");
const name = pulumi.getStack();
const planned = azurePlan(name, config.require("region"), config.requireObject("models"));
const settings = azureSchema.parse(config.requireObject("azure"));
const token = config.get("token") ?? "hf_not_a_token";
const azure = composeAzure({ name, settings, plan: planned, secrets: { "hf-token": pulumi.secret(token) } });

const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: `slm-${name}` } }, { provider: azure.provider });
/** Where a test has no nodes, there are no pods. */
const placed = config.getBoolean("pods") === false ? [] : planned.models;
for (const { name: model } of placed) {
  const { nodeSelector, taints, ready } = azure.placements[model]!;
  const labels = { app: model };
  new k8s.apps.v1.Deployment(
    model,
    {
      metadata: { name: model, namespace: namespace.metadata.name },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { nodeSelector, tolerations: tolerationsOf(taints), containers: [{ name: "model", image: "registry.k8s.io/pause:3.10" }] },
        },
      },
    },
    { provider: azure.provider, dependsOn: ready },
  );
}

export const outputs = azure.outputs;
