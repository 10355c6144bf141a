import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import execa from "execa";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { labImage } from "../../lab/images-on-demand";
import { files } from "../../lab/layout";
import { envoyGateway } from "../../tools/build/recipes";
import { inCluster } from "../../tools/lib/cluster";
import { enter } from "../../tools/lib/enter";
import { readEnvironment } from "../../tools/lib/environment";
import { Keys } from "../../tools/lib/keys";
import { repoRoot } from "../../tools/lib/paths";
import { SecretKeys } from "../../tools/lib/secret-keys";
import { type ClusterDoor, Stack } from "../../tools/lib/stack";
import { expiryTag } from "../../tools/pull-request/lifetime";
import { installKinds } from "../support/install-kinds";
import { kubectl, labEnvironment } from "../support/lab";

/** What pull requests of these tests are made from: the template's sections, with the lab's model. */
const template = "pull-request-test";
const templateFile = path.join(repoRoot, `stacks/Pulumi.${template}.yaml`);
const numbers = ["9001", "9002", "9003"] as const;

/** The change of a push: how often a reviewer may ask. */
function write(requestsPerMinute: number): void {
  const { text } = labEnvironment(template, (settings) => {
    Object.assign(settings, {
      "slm:gateway": { host: "models.example.test", namespace: `${template}-door`, tls: "selfSigned", replicas: 1 },
      "slm:consumers": { review: { models: ["smollm2"], requestsPerMinute } },
    });
  });
  writeFileSync(templateFile, text);
}

const make = (...args: string[]) => execa("make", [...args, `FROM=${template}`], { cwd: repoRoot, all: true });
const stackOf = (number: string): Promise<Stack> => Stack.open(readEnvironment(`pr-${number}`));
const settingsOf = (number: string): string => path.join(files.pulumiState, `.pulumi/stacks/slm/pr-${number}.json`);

/** Namespaces and objects of the whole cluster that name a pull request's stack. */
async function left(number: string): Promise<string[]> {
  const kinds = "namespaces,clusterroles,clusterrolebindings,gatewayclasses.gateway.networking.k8s.io";
  const { items } = JSON.parse(await kubectl("get", kinds, "--output=json")) as {
    items: { kind: string; metadata: { name: string; annotations?: Record<string, string> } }[];
  };
  return items
    .filter(({ metadata }) => metadata.annotations?.["slm-stack/stack"] === `slm/pr-${number}`)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort();
}

/** Objects of both of its namespaces with what tells a new one from an old one, and a changed one from a kept one. */
async function objects(number: string): Promise<Record<string, string>> {
  const kinds = "deployments,services,networkpolicies,httproutes.gateway.networking.k8s.io,backendtrafficpolicies.gateway.envoyproxy.io";
  const found = await Promise.all(
    ["", "-door"].map((door) => kubectl("get", kinds, "--namespace", `slm-pr-${number}${door}`, "--output=json")),
  );
  const items = found.flatMap(
    (text) => (JSON.parse(text) as { items: { kind: string; metadata: { name: string; uid: string; generation?: number } }[] }).items,
  );
  return Object.fromEntries(items.map(({ kind, metadata: { name, uid, generation = 0 } }) => [`${kind} ${name}`, `${uid} ${generation}`]));
}

/** A client of the front door of a pull request, with a key of its reviewer. */
async function reviewer(number: string): Promise<{ key: string; ask: (key: string) => Promise<string> }> {
  const stack = await stackOf(number);
  const outputs = await stack.outputs();
  const { fetch } = await enter(stack, outputs);
  const key = await inCluster(stack, outputs, (run) =>
    new Keys(new SecretKeys(run, (outputs.frontDoor as ClusterDoor).namespace)).any("review"),
  );
  const client = (apiKey: string) =>
    new OpenAI({ baseURL: outputs.frontDoor!.url, apiKey, fetch: fetch!, maxRetries: 0, timeout: 120_000 });
  await vi.waitFor(() => client(key).models.list(), { timeout: 120_000, interval: 500 });
  const messages = [{ role: "user" as const, content: "What is the capital of France?" }];
  return {
    key,
    ask: (apiKey) =>
      client(apiKey)
        .chat.completions.create({ model: "smollm2", messages, temperature: 0, max_tokens: 8 })
        .then(
          ({ choices }) => choices[0]!.message.content ?? "",
          ({ status }: { status: number }) => String(status),
        ),
  };
}

beforeAll(async () => {
  for (const image of ["envoy", "envoy-gateway"] as const) await labImage(image);
  await installKinds(envoyGateway);
  write(60);
  for (const number of numbers) if (existsSync(settingsOf(number))) await make("pr-down", `N=${number}`); // what a failed run left
});
afterAll(async () => {
  for (const number of numbers) if (existsSync(settingsOf(number))) await make("pr-down", `N=${number}`);
  rmSync(templateFile, { force: true });
});

describe("two pull requests at once", () => {
  it("are opened, and the model of each answers at its URL with its key, and not with the other's", async () => {
    const [first, second] = await Promise.all(["9001", "9002"].map((number) => make("pr-up", `N=${number}`)));
    expect(first!.all).toContain("https://pr-9001.models.example.test/v1");
    expect(second!.all).toContain("https://pr-9002.models.example.test/v1");
    const [one, two] = [await reviewer("9001"), await reviewer("9002")];
    expect(first!.all).not.toContain(one.key);
    expect(await one.ask(one.key)).toContain("Paris");
    expect(await two.ask(two.key)).toContain("Paris");
    expect(await one.ask(two.key)).toBe("401");
  });

  it("get what a push changes, and nothing else is touched", async () => {
    const [before, other] = [await objects("9001"), await objects("9002")];
    write(30);
    await make("pr-up", "N=9001");
    const after = await objects("9001");
    const changed = Object.keys({ ...before, ...after }).filter((name) => before[name] !== after[name]);
    expect(changed).toEqual([expect.stringMatching(/^BackendTrafficPolicy /)]);
    expect(after[changed[0]!]!.split(" ")[0]).toBe(before[changed[0]!]!.split(" ")[0]);
    expect(await objects("9002")).toEqual(other);
  });

  it("leave nothing when one is closed, and the other answers on", async () => {
    expect((await left("9001")).length).toBeGreaterThan(1);
    await make("pr-down", "N=9001");
    expect(await left("9001")).toEqual([]);
    expect(existsSync(settingsOf("9001"))).toBe(false);
    const two = await reviewer("9002");
    expect(await two.ask(two.key)).toContain("Paris");
  });
});

describe("a pull request whose pipeline is killed in the middle", () => {
  it("is ended by the reaper when its time is over, which leaves those that live", async () => {
    const child = spawn("make", ["pr-up", "N=9003", `FROM=${template}`], { cwd: repoRoot, stdio: "ignore", detached: true });
    await vi.waitFor(async () => expect(await left("9003")).toContain("Namespace slm-pr-9003"), { timeout: 300_000, interval: 500 });
    process.kill(-child.pid!, "SIGKILL");
    await make("reap");
    expect(await left("9003")).toContain("Namespace slm-pr-9003");
    await (await stackOf("9003")).setTag(expiryTag, new Date(Date.now() - 1000).toISOString());
    await make("reap");
    expect(await left("9003")).toEqual([]);
    expect(existsSync(settingsOf("9003"))).toBe(false);
    expect((await left("9002")).length).toBeGreaterThan(1);
  });
});
