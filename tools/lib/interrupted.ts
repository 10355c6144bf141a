import { rmSync } from "node:fs";

import execa from "execa";

import { ownerAnnotation } from "../../lib/ownership";
import type { Deployment, PendingObject } from "./adopt";
import { Failure } from "./fault";
import { providerCluster, providerOf, requireKubectl } from "./kubectl";
import { temporaryFolder } from "./temporary";

/** What the cluster holds where an interrupted run was about to make objects. */
export interface PendingObjects {
  /** Made by that run. */
  readonly own: readonly PendingObject[];
  /** There, and not this stack's: one line each, with who manages its fields. */
  readonly foreign: readonly string[];
}

interface Live {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
}

/** Looks the objects up, with the credentials of the provider that was to make them; `deployment` has its secrets in plain text. */
export async function findObjects(objects: readonly PendingObject[], deployment: Deployment, inLab: boolean): Promise<PendingObjects> {
  const folder = temporaryFolder();
  try {
    const kubectl = await requireKubectl(inLab, "it tells what the interrupted run has made");
    const own: PendingObject[] = [];
    const foreign: string[] = [];
    for (const object of objects) {
      const live = await lookUp(kubectl, [...providerCluster(providerOf(deployment, object.provider), folder), ...objectArgs(object)]);
      if (live && object.owner !== undefined && live.metadata.annotations?.[ownerAnnotation] === object.owner) own.push(object);
      else if (live) foreign.push(described(object, live));
    }
    return { own, foreign };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const objectArgs = ({ kind, name, namespace }: PendingObject): string[] => [
  ...["get", kind, name, ...(namespace ? ["--namespace", namespace] : [])],
  ...["--ignore-not-found", "--show-managed-fields", "--output=json"],
];

async function lookUp(kubectl: string, args: string[]): Promise<Live | undefined> {
  const { failed, stdout, stderr } = await execa(kubectl, args, { reject: false });
  if (failed && /the server doesn't have a resource type/.test(stderr)) return undefined;
  if (failed) throw new Failure(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout.trim() ? (JSON.parse(stdout) as Live) : undefined;
}

function described({ kind, name, namespace }: PendingObject, { metadata }: Live): string {
  const managers = [...new Set(metadata.managedFields?.flatMap(({ manager }) => manager ?? []))];
  const owner = metadata.annotations?.[ownerAnnotation];
  const by = owner ? `of the stack ${owner}` : `its fields are managed by ${managers.join(", ") || "nobody"}`;
  return `${kind.split(".")[0]} ${namespace ? `${namespace}/` : ""}${name} (${by})`;
}
