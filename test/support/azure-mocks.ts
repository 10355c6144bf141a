import * as pulumi from "@pulumi/pulumi";

import { account, invoked, outputsFor } from "../../tools/azure-stand-in/answers";
import type { Behaviour } from "../../tools/azure-stand-in/behaviour";
import { check, idOf } from "../../tools/azure-stand-in/provider";
import { mockPulumi, registered, reset } from "./mocks";

/** What the stand-in for azure-native had against registrations since the last time it was emptied. */
export const refused: string[] = [];

/** Digest of every image that a test builds. */
export const builtDigest = `sha256:${"d".repeat(64)}`;

/** Ids, GUIDs and URLs that resources gave out, by value: the resource and the output that each comes from, as `{aks-identity.principalId}`. */
export const origins = new Map<string, string>();

/** Credentials of every cluster, without a login of their own. */
export const kubeconfig = { text: "users: []\n" };

/** Functions that were called, each with its arguments and the names of what was registered by then. */
export const called: { token: string; inputs: Record<string, unknown>; after: string[] }[] = [];

/** Forgets what was registered before. */
export function fresh(): void {
  reset();
  refused.splice(0);
  called.splice(0);
  origins.clear();
}

/** Mocks the engine with the stand-in's own checks and answers; call once per file. */
export async function mockAzure(): Promise<void> {
  await mockPulumi();
  Object.assign(pulumi.runtime.getMonitor()!, { mocks: { newResource, call } });
}

/** How Azure behaves when it makes something; undefined: it makes what is well formed, at once. */
export const azure: { behaviour?: Behaviour | undefined } = {};

async function newResource(args: pulumi.runtime.MockResourceArgs): Promise<pulumi.runtime.MockResourceResult> {
  registered.push(args);
  if (args.type === "docker-build:index:Image") return { id: args.name, state: { ...args.inputs, digest: builtDigest } };
  if (!args.type.startsWith("azure-native:")) return { id: `${args.name}-id`, state: args.inputs };
  const type = args.type.replace("azure-native:", "");
  const inputs = { ...(type === "authorization:RoleAssignment" ? { roleAssignmentName: args.name } : {}), ...args.inputs };
  refused.push(...check(type, inputs).map((problem) => `${args.name}: ${problem}`));
  const id = idOf(type, inputs);
  // The engine makes the names of roles from their URNs; here two environments have the same.
  await made(args.name, type, type === "authorization:RoleAssignment" ? `${id}-${inputs["principalId"]}` : id, inputs);
  const outputs = outputsFor(type, id, inputs);
  trace({ id, ...outputs }, args.name);
  return { id, state: { ...args.inputs, ...outputs } };
}

async function made(name: string, type: string, id: string, inputs: Record<string, unknown>): Promise<void> {
  if (!azure.behaviour) return;
  await azure.behaviour.create(type, id, inputs).catch((error: Error) => void refused.push(`${name}: ${error.message}`));
}

function call({ token, inputs }: pulumi.runtime.MockCallArgs): pulumi.runtime.MockCallResult {
  called.push({ token, inputs, after: registered.map(({ name }) => name) });
  if (token.includes("listManagedClusterUserCredentials"))
    return { kubeconfigs: [{ name: "clusterUser", value: Buffer.from(kubeconfig.text).toString("base64") }] };
  return invoked(token, undefined);
}

const isUnique = (text: string): boolean =>
  (/^(\/subscriptions|https:\/)\//.test(text) || /^[0-9a-f-]{36}$/.test(text)) && !Object.values(account).includes(text);

function trace(value: unknown, at: string): void {
  if (typeof value === "string") {
    if (isUnique(value) && !origins.has(value)) origins.set(value, `{${at}}`);
  } else if (typeof value === "object" && value !== null) for (const [key, inner] of Object.entries(value)) trace(inner, `${at}.${key}`);
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

/** Waits until every registration so far, and those that follow from it, is through. */
export async function quiet(): Promise<void> {
  await pulumi.runtime.disconnect();
}
