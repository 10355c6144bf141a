import { main } from "@pulumi/pulumi/provider";

import { Behaviour } from "./behaviour";
import { StandIn } from "./provider";
import { Records } from "./records";
import { writesOfSubscription } from "./throttle";

const records = new Records(process.env["SLM_AZURE_STANDIN_STATE"], process.env["SLM_AZURE_STANDIN_CALLS"]);
/** VM sizes of which there are none, where a test says so. */
const short = process.env["SLM_AZURE_STANDIN_SHORT"]?.split(",") ?? [];
/** Long enough for two operations at the same time to be seen as such. */
const pace = { operation: 20, grant: 0, limit: writesOfSubscription, short };

/** Served as a plugin: the engine finds `pulumi-resource-azure-native` in this folder when it is on PATH. */
void main(new StandIn(records, process.env["SLM_AZURE_STANDIN_KUBECONFIG"], new Behaviour(records, pace)), process.argv.slice(2));
