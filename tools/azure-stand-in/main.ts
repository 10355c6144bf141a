import { main } from "@pulumi/pulumi/provider";
import { StandIn } from "./provider";
import { Records } from "./records";

/** Served as a plugin: the engine finds `pulumi-resource-azure-native` in this folder when it is on PATH. */
void main(
  new StandIn(new Records(process.env["SLM_AZURE_STANDIN_STATE"]), process.env["SLM_AZURE_STANDIN_KUBECONFIG"]),
  process.argv.slice(2),
);
