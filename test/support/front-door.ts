import OpenAI from "openai";
import { vi } from "vitest";
import { labImage, type OnDemand } from "../../lab/images-on-demand";
import { envoyGateway } from "../../tools/build/recipes";
import { inCluster } from "../../tools/lib/cluster";
import { enter } from "../../tools/lib/enter";
import type { EnvironmentFile } from "../../tools/lib/environment";
import { Keys } from "../../tools/lib/keys";
import { SecretKeys } from "../../tools/lib/secret-keys";
import { type Outputs, Stack } from "../../tools/lib/stack";
import { installKinds } from "./install-kinds";

/** A front door in the lab that is open, with a key for each consumer. */
export interface OpenDoor {
  readonly outputs: Outputs;
  readonly ask: typeof fetch;
  /** The official client of a consumer, which tries nothing again by itself. */
  readonly client: (consumer: string) => OpenAI;
}

/** Brings an environment up whose front door has some consumers, past what an interrupted run of the same tests left. */
export async function openDoor(environment: EnvironmentFile, namespace: string, consumers: readonly string[]): Promise<OpenDoor> {
  for (const image of ["envoy", "envoy-gateway", "ratelimit", "redis"] as const satisfies OnDemand[]) await labImage(image);
  await installKinds(envoyGateway);
  await (await Stack.open(environment)).destroy();
  const stack = await Stack.open(environment);
  await stack.up();
  const outputs = await stack.outputs();
  const through = await enter(stack, outputs);
  const keys: Record<string, string> = { verifier: through.apiKey! };
  await inCluster(stack, outputs, async (run) => {
    for (const consumer of consumers) keys[consumer] = await new Keys(new SecretKeys(run, namespace)).rotate(consumer);
  });
  const client = (consumer: string) =>
    new OpenAI({ baseURL: outputs.frontDoor!.url, apiKey: keys[consumer]!, fetch: through.fetch!, maxRetries: 0, timeout: 120_000 });
  for (const consumer of consumers) await vi.waitFor(() => client(consumer).models.list(), { timeout: 60_000, interval: 200 });
  return { outputs, ask: through.fetch!, client };
}

/** Asks again and again, eight at a time, while `change` happens and until there were enough; tells how many were asked, and why any failed. */
export async function underLoad(ask: () => Promise<unknown>, change: () => Promise<unknown>, least: number) {
  let over = false;
  const reported = { asked: 0, failed: [] as string[] };
  const worker = async () => {
    while (!over || reported.asked < least) {
      reported.asked++;
      await ask().catch((failure: Error) => reported.failed.push(failure.message));
    }
  };
  const workers = Array.from({ length: 8 }, worker);
  await change().finally(() => {
    over = true;
  });
  await Promise.all(workers);
  return reported;
}
