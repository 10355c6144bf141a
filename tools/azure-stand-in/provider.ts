import type { CheckResult, CreateResult, DiffResult, InvokeResult, Provider, ReadResult, UpdateResult } from "@pulumi/pulumi/provider";

import { account, guid, invoked, outputsFor } from "./answers";
import { secondOpinion } from "./arm";
import { inputsOf, sdkVersion } from "./declarations";
import type { Records } from "./records";
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

  constructor(
    private readonly records: Records,
    private readonly kubeconfig?: string,
  ) {}

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
    if (this.records.has(id)) throw new Error(`${id} exists already`);
    return { id, outs: this.remember(type, id, inputs) };
  }

  async read(id: string, _urn: string, props: Value): Promise<ReadResult> {
    return this.records.has(id) ? { id, props } : { id: "", props: {} };
  }

  async update(id: string, urn: string, _olds: Value, news: Value): Promise<UpdateResult> {
    return { outs: this.remember(typeOf(urn), id, news) };
  }

  async delete(id: string): Promise<void> {
    this.records.remove(id);
  }

  async invoke(token: string, args: Value): Promise<InvokeResult> {
    const declared = inputsOf(token);
    if (!declared) throw new Error(`${token}: @pulumi/azure-native ${sdkVersion} has no such function`);
    const problems = problemsOf(declared, plain(args ?? {}) as Value, "", token);
    if (problems.length > 0) throw new Error(problems.join("; "));
    return { outputs: invoked(token, this.kubeconfig) };
  }

  private remember(type: string, id: string, inputs: Value): Value {
    this.records.write(id);
    return { ...inputs, ...outputsFor(type, id, plain(inputs) as Value), __inputs: inputs };
  }
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
