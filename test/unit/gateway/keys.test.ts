import { expect, it, vi } from "vitest";

import { ambiguousNames, fingerprint, newKey } from "../../../lib/gateway/access";
import type { Kubectl } from "../../../tools/lib/cluster";
import { Keys } from "../../../tools/lib/keys";
import { SecretKeys } from "../../../tools/lib/secret-keys";

interface Applied {
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  data?: Record<string, string>;
}

/** A cluster that keeps, for each field manager, what it applied last; `app` alone is a consumer. */
function cluster() {
  const managers = new Map<string, Applied>();
  const commands: string[] = [];
  const kubectl: Kubectl = async (args, input) => {
    commands.push(args.join(" "));
    if (args[0] === "apply") {
      const manager = args.find((arg) => arg.startsWith("--field-manager="))!;
      managers.set(manager, JSON.parse(input!));
      return "";
    }
    if (args[2] !== "app-keys") return "";
    const all = [...managers.values()];
    const annotations = Object.assign({}, ...all.map(({ metadata }) => metadata.annotations ?? {}));
    return JSON.stringify({ metadata: { annotations }, data: Object.assign({}, ...all.map(({ data }) => data ?? {})) });
  };
  return { keys: new Keys(new SecretKeys(kubectl, "door")), commands, managers };
}

it("a key has 256 random bits after its prefix, and is another each time", () => {
  const key = newKey();
  expect(key).toMatch(/^slm-[\w-]{43}$/);
  expect(Buffer.from(key.slice(4), "base64url")).toHaveLength(32);
  expect(newKey()).not.toBe(key);
});

it("a consumer has up to two keys, listed by what they may be called, oldest first", async () => {
  const { keys, managers } = cluster();
  expect(await keys.list("app")).toEqual([]);
  const [first, second] = [await keys.add("app"), await keys.add("app")];
  expect((await keys.list("app")).map((key) => [key.slot, key.fingerprint])).toEqual([
    ["1", fingerprint(first)],
    ["2", fingerprint(second)],
  ]);
  const applied = managers.get("--field-manager=slm-key-1")!;
  expect(applied).toEqual({
    ...{ apiVersion: "v1", kind: "Secret", type: "Opaque" },
    metadata: { name: "app-keys", namespace: "door", annotations: { "slm-stack/made-1": expect.stringMatching(/^\d{4}-.*Z$/) } },
    data: { "app.1": Buffer.from(first).toString("base64") },
  });
  await expect(keys.add("app")).rejects.toThrow(
    "app: both of its keys are in use\n  fix: end one: make keys REVOKE=app.1, or change the older: ROTATE=app",
  );
});

it("a rotation takes the free place first, and then that of the older key", async () => {
  const { keys } = cluster();
  vi.useFakeTimers({ now: 0, toFake: ["Date"] });
  const first = await keys.add("app");
  vi.setSystemTime(1);
  const second = await keys.rotate("app");
  vi.setSystemTime(2);
  const third = await keys.rotate("app");
  vi.useRealTimers();
  const left = (await keys.list("app")).map((key) => key.fingerprint);
  expect(left).toEqual([fingerprint(second), fingerprint(third)]);
  expect(left).not.toContain(fingerprint(first));
});

it("a key that is ended leaves the other one", async () => {
  const { keys, managers } = cluster();
  await keys.add("app");
  const second = await keys.add("app");
  await keys.revoke("app", "1");
  expect((await keys.list("app")).map((key) => key.fingerprint)).toEqual([fingerprint(second)]);
  expect(managers.get("--field-manager=slm-key-1")).not.toHaveProperty("data");
  await expect(keys.revoke("app", "1")).rejects.toThrow("app.1: there is no such key\n  fix: list them: make keys");
});

it("any key serves to ask with; one is made only where there is none", async () => {
  const { keys } = cluster();
  const key = await keys.any("app");
  expect(await keys.any("app")).toBe(key);
  expect(await keys.list("app")).toHaveLength(1);
});

it("no key is on a command line, where others of the machine could read it", async () => {
  const { keys, commands } = cluster();
  const key = await keys.add("app");
  await keys.rotate("app");
  const said = commands.join("\n");
  expect(said).not.toContain(key);
  expect(said).not.toContain(Buffer.from(key).toString("base64"));
});

it("a consumer that the cluster does not know is reported", async () => {
  await expect(cluster().keys.add("site")).rejects.toThrow(
    "site: the cluster has no such consumer\n  fix: name it under slm:consumers, and update the environment: make up",
  );
});

it("names that two servers answer to are found", () => {
  const models = [
    { name: "a", names: ["a", "x", "y"] },
    { name: "b", names: ["b", "x"] },
    { name: "y", names: ["y"] },
  ];
  expect(ambiguousNames(models)).toEqual([
    { name: "x", servers: ["a", "b"] },
    { name: "y", servers: ["a", "y"] },
  ]);
});
