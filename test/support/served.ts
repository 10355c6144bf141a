import type { EnvironmentFile } from "../../tools/lib/environment";
import { Stack } from "../../tools/lib/stack";
import { kubectl } from "./lab";
import { type Load, load } from "./load";

/** What is read of a pod. */
interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: object;
  readonly status: { readonly containerStatuses: readonly { readonly imageID: string }[] };
}

/** Looks at what serves in one namespace of the lab. */
export class Served {
  constructor(private readonly namespace: string) {}

  /** Names of objects, as kubectl prints them; with a `role`, of those that play it. */
  async names(kind: string, role?: string): Promise<string[]> {
    const selector = role ? [`--selector=slm-stack/role=${role}`] : [];
    return (await kubectl("get", kind, "--namespace", this.namespace, "--output=name", ...selector)).split("\n").filter(Boolean);
  }

  /** Claims that weights are downloaded to. */
  async claims(): Promise<string[]> {
    return (await this.names("persistentvolumeclaims")).filter((claim) => claim.includes("-weights-"));
  }

  /** The name of the pod that downloads weights now, or waits to; empty: there is none. */
  async downloading(): Promise<string> {
    const running = "--field-selector=status.phase!=Succeeded,status.phase!=Failed";
    const args = ["get", "pods", "--namespace", this.namespace, "--selector=slm-stack/role=weights", running];
    return kubectl(...args, "--output=jsonpath={.items[*].metadata.name}");
  }

  /** The pod of a server that stays. */
  async server(): Promise<Pod> {
    const args = ["get", "pods", "--namespace", this.namespace, "--selector=slm-stack/role=server", "--output=json"];
    return (JSON.parse(await kubectl(...args)).items as Pod[]).find(({ metadata }) => !metadata.deletionTimestamp)!;
  }

  /** What a command in its container prints. */
  async exec(...command: string[]): Promise<string> {
    return kubectl("exec", "--namespace", this.namespace, (await this.server()).metadata.name, "--", ...command);
  }

  /** sha256 of a file of its weights, as the running server reads it. */
  async sha256(file: string): Promise<string> {
    return (await this.exec("sha256sum", `/weights/${file}`)).split(" ")[0]!;
  }
}

/** Connections of a constant load. */
export const connections = 2;

/** Answers to constant questions to the environment's `smollm2` while something happens. */
export async function underLoad(environment: EnvironmentFile, action: () => Promise<unknown>): Promise<Load> {
  const running = load((await (await Stack.open(environment)).outputs()).addresses["smollm2"]!, "smollm2", connections);
  try {
    await action();
  } finally {
    await running.stop();
  }
  return running.seen;
}
