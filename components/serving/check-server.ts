import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { EngineName } from "../../lib/engines/tables";
import * as limits from "../../lib/limits";
import { check } from "../check";
import type { ServerArgs } from "./server-args";

/** Refuses what no plan could mend: a name that is no host, a floating image, the plan of another engine. */
export function checkServer(self: pulumi.Resource, name: string, { image, plan, storage }: ServerArgs, engine: EngineName): void {
  check(self, "name", limits.dnsLabel, name);
  if (typeof image === "string") check(self, "image", limits.pinnedImage, image);
  check(self, "plan.engine", z.literal(engine, `must be ${engine}`), plan.engine);
  check(self, "storage.gib", limits.storageGib.optional(), storage?.gib);
}
