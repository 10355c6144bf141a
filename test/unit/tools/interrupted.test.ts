import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it, vi } from "vitest";

import type { Deployment, PendingObject } from "../../../tools/lib/adopt";
import { Failure, UserError } from "../../../tools/lib/fault";
import { findObjects } from "../../../tools/lib/interrupted";
import { aloneOnPath } from "../../support/executables";

vi.setConfig({ testTimeout: 60_000 });
vi.mock("../../../lab/built", () => ({ built: async () => ({ kubernetes: path.join(bin.folder, "lab") }) }));

const bin = aloneOnPath("kubectl");

const object: PendingObject = {
  ...{ urn: "urn:chat", kind: "Deployment.v1.apps", name: "chat", namespace: "slm", owner: "slm/mine", provider: "urn:cluster::1" },
};
const namespace: PendingObject = { ...object, kind: "Namespace.v1.", name: "slm", namespace: undefined };
const get = "get Deployment.v1.apps chat --namespace slm --ignore-not-found --show-managed-fields --output=json";
const secret = (text: string) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(text),
});
const state = (inputs: Record<string, unknown>): Deployment => ({
  resources: [
    { urn: "urn:cluster", id: "2", inputs: { context: "another" } },
    { urn: "urn:cluster", id: "1", inputs },
  ],
});
const answer = (metadata: object): void => void bin.add("kubectl", `echo '${JSON.stringify({ metadata })}'`);
const own = { annotations: { "slm-stack/stack": "slm/mine" } };

describe("an object that an interrupted run was about to make", () => {
  it("is asked for in the cluster of its provider, which a file describes", async () => {
    answer(own);
    expect(await findObjects([object], state({ kubeconfig: "/a/config", context: "mine" }), false)).toEqual({ own: [object], foreign: [] });
    expect(bin.commands()).toEqual([`kubectl --kubeconfig /a/config --context mine ${get}`]);
  });

  it.each([
    ["as YAML", "apiVersion: v1\nkind: Config"],
    ["as JSON", '{"kind":"Config"}'],
  ])("is asked for with the credentials in the state, %s, which are secret and not left behind", async (_how, contents) => {
    bin.add("kubectl", 'echo "$2" > "$0.file"; /bin/cat "$2" > "$0.seen"');
    expect(await findObjects([namespace], state({ kubeconfig: secret(contents) }), false)).toEqual({ own: [], foreign: [] });
    expect(readFileSync(path.join(bin.folder, "kubectl.seen"), "utf8")).toBe(contents);
    const file = readFileSync(path.join(bin.folder, "kubectl.file"), "utf8").trim();
    expect(() => readFileSync(file)).toThrow("ENOENT");
    expect(bin.calls()[0]!.args.slice(2)).toEqual(
      "get Namespace.v1. slm --ignore-not-found --show-managed-fields --output=json".split(" "),
    );
  });

  it("is asked for where kubectl points to, if its provider names nothing", async () => {
    answer(own);
    await findObjects([object], {}, false);
    expect(bin.commands()).toEqual([`kubectl ${get}`]);
  });

  it("is asked for by the lab's own kubectl in the lab", async () => {
    await expect(findObjects([object], {}, true)).rejects.toThrow(`kubectl ${get}: `);
    const { mkdirSync } = await import("node:fs");
    mkdirSync(path.join(bin.folder, "lab"));
    bin.add("lab/kubectl");
    expect(await findObjects([object], {}, true)).toEqual({ own: [], foreign: [] });
    expect(bin.commands()).toEqual([`lab/kubectl ${get}`]);
  });

  it("is not there where the cluster does not know its kind", async () => {
    bin.add("kubectl", `echo "error: the server doesn't have a resource type \\"ScaledObject\\"" >&2; exit 1`);
    expect(await findObjects([object], {}, false)).toEqual({ own: [], foreign: [] });
  });

  it.each([
    ["names another stack", { annotations: { "slm-stack/stack": "slm/theirs" } }, "of the stack slm/theirs"],
    ["names none", { managedFields: [{ manager: "helm" }] }, "its fields are managed by helm"],
    ["tells nothing", {}, "its fields are managed by nobody"],
  ])("is somebody else's where it %s", async (_what, metadata, by) => {
    answer(metadata);
    expect(await findObjects([object], {}, false)).toEqual({ own: [], foreign: [`Deployment slm/chat (${by})`] });
  });

  it("is not proven to be ours where the run would not have named a stack", async () => {
    answer({});
    expect((await findObjects([{ ...namespace, owner: undefined }], {}, false)).foreign).toEqual([
      "Namespace slm (its fields are managed by nobody)",
    ]);
  });

  it("stops the update where the cluster does not answer, or nothing asks it", async () => {
    bin.add("kubectl", "echo refused >&2; exit 1");
    await expect(findObjects([object], {}, false)).rejects.toThrow(new Failure(`kubectl ${get}: refused`));
    bin.remove("kubectl");
    await expect(findObjects([object], {}, false)).rejects.toThrow(
      new UserError("kubectl: not found on PATH; it tells what the interrupted run has made", "install kubectl"),
    );
  });
});
