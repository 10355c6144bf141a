import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

/** A resource's place in a state, as in its URN: types from the outermost parent on, and the name. */
type Place = string;

/** Every place of each resource that is registered from now on, by its type and name: its own first, then those that its aliases give it. */
export function recordPlaces(): Map<string, Place[]> {
  const recorded = new Map<string, Place[]>();
  const monitor = pulumi.runtime.getMonitor()!;
  const original = monitor.registerResource as (request: RegisterResourceRequest, callback: never) => unknown;
  const recording: typeof original = (request, callback) => {
    recorded.set(`${request.getType()}::${request.getName()}`, placesOf(request, recorded));
    return original.call(monitor, request, callback);
  };
  Object.assign(monitor, { registerResource: recording });
  return recorded;
}

/** The engine multiplies a resource's aliases by those of its parent (pulumi pkg/resource/deploy/step_generator.go, generateAliases). */
function placesOf(request: RegisterResourceRequest, recorded: ReadonlyMap<string, Place[]>): Place[] {
  const place = (parent: Place, type = request.getType(), name = request.getName()): Place =>
    `${[...(parent ? [parent.split("::")[0]] : []), type].join("$")}::${name}`;
  const parents = all(keyIn(request.getParent()), recorded);
  const aliases = request.getAliasesList().flatMap((alias) => {
    const spec = alias.getSpec();
    if (!spec) return [alias.getUrn().split("::").slice(2).join("::")];
    const from = spec.getNoparent() ? [""] : spec.getParenturn() ? all(keyIn(spec.getParenturn()), recorded) : parents;
    return from.map((parent) => place(parent, spec.getType() || undefined, spec.getName() || undefined));
  });
  return [...new Set([...parents.map((parent) => place(parent)), ...aliases])];
}

const all = (key: string, recorded: ReadonlyMap<string, Place[]>): Place[] => (key ? recorded.get(key)! : [""]);

/** Type and name of a resource by its URN; empty for the stack, which is no part of a place. */
function keyIn(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1)!;
  return !urn || type === "pulumi:pulumi:Stack" ? "" : `${type}::${name.join("::")}`;
}
