import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import execa from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { ownerAnnotation } from "../../lib/ownership";
import { ask } from "../../tools/ask";
import { repoRoot, workDir } from "../../tools/lib/paths";
import { Stack } from "../../tools/lib/stack";
import { kubectl, labEnvironment, steps } from "../support/lab";
import { type Options, withStandIn } from "../support/plugin-stand-in/options";

const name = "interrupted-test";
const memoryMib = 1024;
const environment = () =>
  labEnvironment(name, (settings) => {
    settings["slm:models"]["smollm2"]!["memoryMib"] = memoryMib;
  });
const plugins = [
  ["the built plugin, which takes over what exists", false],
  ["the stand-in of 4.29, which refuses what exists", true],
] as const;

/** What the stack makes before it verifies the model, by name. */
const objects = [
  ...["", "-deny-all", "-dns", "-limits", "-quota", "-servers-answer", "-verifier-asks"].map((part) => `namespace${part}`),
  ...["all-pods", "disruption", "new-pods", "server", "service"].map((part) => `smollm2-${part}`),
];
/** Services by their resources' names: they are made last, in no order. */
const services: Readonly<Record<string, string>> = {
  "smollm2-service": "smollm2",
  "smollm2-all-pods": "smollm2-all-pods",
  "smollm2-new-pods": "smollm2-new-pods",
};

/** The stack, with the stand-in before its plugin where that refuses. */
const opened = async (refuses: boolean): Promise<Stack> => Stack.open(environment(), refuses ? await withStandIn({ refuses }) : {});
const destroy = async (): Promise<void> => (await opened(false)).destroy();

/** Starts an update, which makes one object at a time, and kills it as soon as the first one is there and not in the state; returns its name. */
async function killedAtFirstObject(refuses: boolean): Promise<string> {
  const holds = path.join(workDir, "interrupted-object");
  rmSync(holds, { force: true });
  const options: Options = { refuses, holds };
  const args = [name, String(memoryMib), JSON.stringify(options), "--skip-preview", "--parallel=1"];
  const child = execa(process.execPath, ["--import", "tsx", "test/support/up.ts", ...args], {
    ...{ cwd: repoRoot, reject: false, detached: true, all: true },
  });
  const over = child.then(({ all }) => all);
  while (!existsSync(holds)) {
    const ended = await Promise.race([over, sleep(50, undefined)]);
    if (ended !== undefined) throw new Error(`the update ended before it made an object: ${ended}`);
  }
  process.kill(-child.pid!, "SIGKILL");
  await over;
  return readFileSync(holds, "utf8").split("::").at(-1)!;
}

interface StoredObject {
  readonly urn: string;
  readonly id: string;
  readonly outputs: { readonly kind: string; readonly metadata: { readonly uid: string } };
}

/** The objects in the state, by kind and id, each with its UID. */
async function inState(stack: Stack): Promise<Record<string, string>> {
  const { deployment } = await stack.export();
  const objects = (deployment.resources as readonly StoredObject[]).filter(
    ({ urn }) => /[$:]kubernetes:[^:]+:\w+::/.test(urn) && !urn.includes("providers"),
  );
  return Object.fromEntries(objects.map(({ id, outputs }) => [`${outputs.kind} ${id}`, outputs.metadata.uid]));
}

/** The same of the objects in the cluster that name this stack. */
async function inCluster(): Promise<Record<string, string>> {
  const kinds =
    "configmaps,deployments,jobs,limitranges,networkpolicies,persistentvolumeclaims,pods,poddisruptionbudgets,resourcequotas,secrets,serviceaccounts,services";
  const { items } = JSON.parse(await kubectl("get", kinds, "--namespace", name, "--output=json"));
  const all = [...items, JSON.parse(await kubectl("get", "namespace", name, "--output=json"))];
  const own = all.filter(({ metadata }) => metadata.annotations?.[ownerAnnotation] === `slm/${name}`);
  return Object.fromEntries(
    own.map(({ kind, metadata }) => [`${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`, metadata.uid]),
  );
}

beforeAll(destroy); // what a failed run of these tests left
afterAll(destroy);

describe.each(plugins)("with %s", (_plugin, refuses) => {
  afterAll(destroy);

  it(`${refuses ? "fails" : "goes on"} where an object exists that no run of ours has made`, async () => {
    await kubectl("create", "namespace", name);
    const targets = [":Environment::*", ":ModelNamespace::namespace", ":Namespace::namespace"].map((target) => `--target=**${target}`);
    const update = (await opened(refuses)).pulumi(["up", "--yes", "--skip-preview", ...targets], { quiet: true });
    if (refuses) await expect(update).rejects.toThrow(`not successfully created by the Kubernetes API server: "${name}" already exists`);
    else expect(await update).toContain("namespace created");
    await destroy();
    await kubectl("delete", "namespace", name, "--ignore-not-found");
  });

  let last: string;
  it("an update that is killed at each of twelve objects, each made and not in the state, is continued by the next one", async () => {
    const killed: string[] = [];
    for (const _ of objects) killed.push(await killedAtFirstObject(refuses));
    expect(killed[0]).toBe("namespace");
    expect([...killed].sort()).toEqual(objects);
    last = services[killed.at(-1)!]!;
    expect(Object.values(services)).toContain(last);
  });

  it("never takes up an object of somebody else's, and says which it is", async () => {
    const other = ["service", last, "--namespace", name];
    await kubectl("delete", ...other);
    await kubectl("create", "service", "clusterip", last, "--tcp=80", "--namespace", name);
    const before = await kubectl("get", ...other, "--output=yaml");
    await expect((await opened(refuses)).up()).rejects.toThrow(
      `the interrupted run was about to make what others have made:\n✖ Service ${name}/${last} (its fields are managed by kubectl-create)\n  fix: `,
    );
    expect(await kubectl("get", ...other, "--output=yaml")).toBe(before);
    await kubectl("delete", ...other);
  });

  it("the next update converges: the model answers, no object is there twice, and the state is what the cluster has", async () => {
    const stack = await opened(refuses);
    await stack.up();
    const outputs = await stack.outputs();
    expect((await ask(outputs.addresses["smollm2"]!, "smollm2", "What is the capital of France?", () => undefined)).text).toContain(
      "Paris",
    );
    expect(await inState(stack)).toEqual(await inCluster());
    expect(await steps(stack)).toEqual({});
  });
});
