import * as pulumi from "@pulumi/pulumi";

import { account, invoked, outputsFor } from "../../tools/azure-stand-in/answers";
import { check, idOf } from "../../tools/azure-stand-in/provider";
import { registered } from "./mocks";

/** What the stand-in for azure-native had against registrations since the last time it was emptied. */
export const refused: string[] = [];

/** Digest of every image that a test builds. */
export const builtDigest = `sha256:${"d".repeat(64)}`;

/** Mocks the engine with the stand-in's own checks and answers; call once per file. */
export async function mockAzure(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource(args) {
        registered.push(args);
        if (args.type === "docker-build:index:Image") return { id: args.name, state: { ...args.inputs, digest: builtDigest } };
        if (!args.type.startsWith("azure-native:")) return { id: `${args.name}-id`, state: args.inputs };
        const type = args.type.replace("azure-native:", "");
        const inputs = { ...(type === "authorization:RoleAssignment" ? { roleAssignmentName: args.name } : {}), ...args.inputs };
        refused.push(...check(type, inputs).map((problem) => `${args.name}: ${problem}`));
        const id = idOf(type, inputs);
        return { id, state: { ...args.inputs, ...outputsFor(type, id, inputs) } };
      },
      call: ({ token }) => {
        if (token.includes("listManagedClusterUserCredentials"))
          return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from("kubeconfig of the cluster").toString("base64") }] };
        return invoked(token, undefined);
      },
    },
    "slm",
    "test",
    false,
  );
}

/** Where resources of a test go. */
export const context = {
  subscriptionId: account.subscriptionId,
  tenantId: account.tenantId,
  resourceGroupName: "rg-test",
  location: "eastus",
  tags: { environment: "test", owner: "us", "cost-centre": "1", "managed-by": "pulumi" },
};

/** An id below the test's resource group. */
export const idIn = (path: string): string => `/subscriptions/${account.subscriptionId}/resourceGroups/rg-test/providers/${path}`;

/** Type and name of everything registered, in order of name. */
export const children = (): string[][] =>
  registered.map(({ type, name }) => [name, type.replace(/^azure-native:/, "")]).toSorted(([a], [b]) => (a! < b! ? -1 : 1));

/** Waits until every registration so far, and those that follow from it, is through. */
export async function quiet(): Promise<void> {
  await pulumi.runtime.disconnect();
}
