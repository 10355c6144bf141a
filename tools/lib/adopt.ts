import { ownerAnnotation } from "../../lib/ownership";

/** A resource as the engine keeps it, as far as it is read here. */
export interface StateResource {
  readonly urn: string;
  readonly type?: string;
  readonly id?: string;
  readonly provider?: string;
  /** Deleted when the update ends: another has taken its place. */
  readonly delete?: boolean;
  /** Deleted already: another is about to take its place. */
  readonly pendingReplacement?: boolean;
  /** The engine deletes it in no update. */
  readonly protect?: boolean;
  readonly inputs?: { readonly [name: string]: unknown };
}

/** The state of a stack, as far as it is read. */
export interface Deployment {
  readonly resources?: readonly StateResource[];
  /** What a run had begun and not ended. */
  readonly pending_operations?: readonly { readonly type: string; readonly resource?: StateResource }[];
}

/** A Kubernetes object that an interrupted run was about to make. */
export interface PendingObject {
  readonly urn: string;
  /** As kubectl takes them: `Deployment.v1.apps`. */
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** What the object was to name as its stack; undefined: none. */
  readonly owner: string | undefined;
  /** The provider in the state that was to make it. */
  readonly provider: string;
}

/** Objects that an interrupted run may have made without a note of it in the state. */
export const pendingObjects = ({ pending_operations: pending = [] }: Deployment): PendingObject[] =>
  pending.flatMap(({ type, resource }) => {
    if (type !== "creating" || !resource?.type?.startsWith("kubernetes:")) return [];
    const { apiVersion, kind, metadata } = resource.inputs as unknown as Inputs;
    const [version, group] = apiVersion.split("/").reverse() as [string, string?];
    const { name, namespace, annotations } = metadata;
    const owner = annotations?.[ownerAnnotation];
    return [{ urn: resource.urn, kind: [kind, version, group ?? ""].join("."), name, namespace, owner, provider: resource.provider! }];
  });

/** Names of containers and networks of a Docker engine that an interrupted run may have made. */
export const pendingNames = ({ pending_operations: pending = [] }: Deployment): string[] =>
  pending.flatMap(({ type, resource }) =>
    type === "creating" && /^docker:index\/(container|network):/.test(resource?.type ?? "") ? [String(resource!.inputs!["name"])] : [],
  );

interface Inputs {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
}

/** The id that the plugin gives an object. */
const idOf = ({ namespace, name }: PendingObject): string => (namespace ? `${namespace}/${name}` : name);

/**
 * The state in which objects count as made whose making was interrupted, as if the engine had heard of it; what they replace is treated as the
 * engine does. They are marked as not known to be ready, and whatever else was pending is forgotten: a refresh tells what became of it.
 */
export function adopted(deployment: Deployment, objects: readonly PendingObject[]): Deployment {
  const ids = new Map(objects.map((object) => [object.urn, idOf(object)]));
  const made = new Map(
    (deployment.pending_operations ?? []).flatMap(({ type, resource }) =>
      type === "creating" && resource && ids.has(resource.urn) ? [[resource.urn, asMade(resource, ids.get(resource.urn)!)] as const] : [],
    ),
  );
  const before = deployment.resources ?? [];
  const [leaving, living] = [before.filter((each) => each.delete), before.filter((each) => !each.delete)];
  const replaced = living.filter(({ urn, pendingReplacement }) => made.has(urn) && !pendingReplacement);
  const known = new Set(living.map(({ urn }) => urn));
  const resources = [
    ...living.map((each) => made.get(each.urn) ?? each), // in its place: others may need it
    ...[...made.values()].filter(({ urn }) => !known.has(urn)),
    ...replaced.map((each) => ({ ...each, delete: true })),
    ...leaving,
  ];
  return { ...deployment, resources, pending_operations: [] };
}

const asMade = (resource: StateResource, id: string) => ({
  ...resource,
  id,
  outputs: resource.inputs,
  initErrors: ["not seen to its end"],
});
