import * as pulumi from "@pulumi/pulumi";

import { ComponentProvider } from "./provider";

/** What the engine runs for a program in another language. */
void pulumi.provider.main(new ComponentProvider(), process.argv.slice(2));
