import { setTimeout as sleep } from "node:timers/promises";

import type { CheckResult, CreateResult, DiffResult, InvokeResult, Provider, ReadResult, UpdateResult } from "@pulumi/pulumi/provider";

import { account, guid, invoked, outputsFor } from "./answers";
import { secondOpinion } from "./arm";
import { AzureError } from "./azure-error";
import { Behaviour } from "./behaviour";
import { inputsOf, sdkVersion } from "./declarations";
import type { Live, Records } from "./records";
import { addressOf, resources } from "./resources";
import { plain, problemsOf, unknownValue } from "./validate";

type Value = Record<string, unknown>;

/** `urn:pulumi:prod::slm::parent$azure-native:keyvault:Vault::secrets` → `keyvault:Vault`. */
const typeOf = (urn: string): string =>
  urn
    .split("::")[2]!
    .split("$")
    .at(-1)!
    .replace(/^azure-native:/, "");

/** Everything that is wrong with the inputs of a type, by both sources. */
export function check(type: string, inputs: Value): string[] {
  const token = `azure-native:${type}`;
  const declared = inputsOf(token);
  if (!declared) return [`${token}: @pulumi/azure-native ${sdkVersion} has no such type`];
  if (!resources[type]) return [`${token}: the stand-in does not play it; tools/azure-stand-in/resources.ts lists what it plays`];
  const value = plain(inputs) as Value;
  const nameless = addressOf(type).filter((name) => value[name] === undefined);
  return [
    ...problemsOf(declared, value, "", `${type.replace(":", ".")}Args`),
    ...secondOpinion(type, value),
    ...nameless.map((name) => `${name}: the stand-in makes up no names: give one`),
  ];
}

/**
 * Plays azure-native for previews and tests where the real plugin is not to be had. It is strict about names, types, enums and required
 * properties; it knows nothing of quotas, of what a region offers, of permissions, or of how values depend on each other.
 */
export class StandIn implements Provider {
  readonly version = sdkVersion;

  private readonly behaviour: Behaviour;

  constructor(
    private readonly records: Records,
    private readonly kubeconfig?: string,
    behaviour?: Behaviour,
  ) {
    this.behaviour = behaviour ?? new Behaviour(records);
  }

  async check(urn: string, olds: Value, news: Value): Promise<CheckResult> {
    const type = typeOf(urn);
    const inputs =
      type === "authorization:RoleAssignment" ? { roleAssignmentName: olds?.["roleAssignmentName"] ?? guid(urn), ...news } : news;
    const failures = check(type, inputs).map((problem) => {
      const [property, ...reason] = problem.split(": ");
      return { property: property!, reason: reason.join(": ") };
    });
    return { inputs, failures };
  }

  async diff(_id: string, urn: string, olds: Value, news: Value): Promise<DiffResult> {
    const [before, after] = [plain(olds["__inputs"]) as Value, plain(news) as Value];
    const changed = Object.keys({ ...before, ...after }).filter((key) => !same(before[key], after[key]));
    const fixed = [...addressOf(typeOf(urn)), "location"];
    return { changes: changed.length > 0, replaces: changed.filter((key) => fixed.includes(key)) };
  }

  async create(urn: string, inputs: Value): Promise<CreateResult> {
    const type = typeOf(urn);
    const id = idOf(type, plain(inputs) as Value);
    const properties = outs(type, id, inputs);
    await patiently(() => this.behaviour.create(type, id, plain(inputs) as Value)).catch(halfMade(id, properties));
    return { id, outs: properties };
  }

  /** What the autoscaler and the upgrade channel have changed is in the state, and among the inputs, after it is read. */
  async read(id: string, _urn: string, props: Value): Promise<ReadResult> {
    const live = this.records.live(id);
    if (!live) return { id: "", props: {} };
    const changed = changedSince(props["__inputs"] as Value | undefined, live);
    const inputs = { ...(props["__inputs"] as Value | undefined), ...changed };
    return { id, props: { ...props, ...changed, __inputs: inputs }, inputs };
  }

  async update(id: string, urn: string, _olds: Value, news: Value): Promise<UpdateResult> {
    const type = typeOf(urn);
    const properties = outs(type, id, news);
    await patiently(() => this.behaviour.update(type, id, plain(news) as Value)).catch(halfMade(id, properties));
    return { outs: properties };
  }

  async delete(id: string, urn: string): Promise<void> {
    await patiently(() => this.behaviour.delete(typeOf(urn), id));
  }

  async invoke(token: string, args: Value): Promise<InvokeResult> {
    const declared = inputsOf(token);
    if (!declared) throw new Error(`${token}: @pulumi/azure-native ${sdkVersion} has no such function`);
    const problems = problemsOf(declared, plain(args ?? {}) as Value, "", token);
    if (problems.length > 0) throw new Error(problems.join("; "));
    return { outputs: invoked(token, this.kubeconfig) };
  }
}

/** What the real plugin's client does where Azure was asked too often: it waits as long as it is asked to, three times (Azure/azure-sdk-for-go, azcore, policy.RetryOptions). */
async function patiently(ask: () => Promise<void>, retries = 3): Promise<void> {
  try {
    await ask();
  } catch (error) {
    if (!(error instanceof AzureError) || error.status !== 429 || retries === 0) throw error;
    await sleep((error.retryAfter ?? 0) * 1000);
    await patiently(ask, retries - 1);
  }
}

/** What the real plugin does where Azure has made a resource that then fails: the state has it, and the next update tries it again. */
const halfMade =
  (id: string, properties: Value) =>
  (error: unknown): never => {
    throw error instanceof AzureError && error.half ? Object.assign(error, { id, properties, reasons: [error.message] }) : error;
  };

/** What the engine is given of a resource: what Azure adds, and the inputs that it was made from. */
const outs = (type: string, id: string, inputs: Value): Value => ({
  ...inputs,
  ...outputsFor(type, id, plain(inputs) as Value),
  __inputs: inputs,
});

/** Properties that Azure changes by itself, as they are now. */
function changedSince(inputs: Value | undefined, live: Live): Value {
  const own = ["count", "kubernetesVersion", "agentPoolProfiles"].filter((key) => inputs?.[key] !== undefined && live[key] !== undefined);
  return Object.fromEntries(own.map((key) => [key, live[key]]));
}

/** The resource id that Azure would give. */
export function idOf(type: string, inputs: Value): string {
  return resources[type]!.id.replace(/\{(\w+)\}/g, (_, name) => String(name === "subscription" ? account.subscriptionId : inputs[name]));
}

const same = (a: unknown, b: unknown): boolean =>
  a === unknownValue || b === unknownValue ? a === b : JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
