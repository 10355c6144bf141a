import { describe, expect, it } from "vitest";

import { adopted, type PendingObject, pendingObjects, type StateResource } from "../../../tools/lib/adopt";

const urn = (name: string): string => `urn:pulumi:mine::slm::kubernetes:apps/v1:Deployment::${name}`;
const inputs = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "chat", namespace: "slm", annotations: { "slm-stack/stack": "slm/mine" } },
};
const deployment: StateResource = { urn: urn("chat"), type: "kubernetes:apps/v1:Deployment", inputs, provider: "cluster::1" };
const namespace: StateResource = {
  ...{ urn: urn("namespace"), type: "kubernetes:core/v1:Namespace", provider: "cluster::1" },
  inputs: { apiVersion: "v1", kind: "Namespace", metadata: { name: "slm" } },
};
const object: PendingObject = {
  ...{ urn: urn("chat"), kind: "Deployment.v1.apps", name: "chat", namespace: "slm", owner: "slm/mine", provider: "cluster::1" },
};
const creating = (...resources: StateResource[]) => resources.map((resource) => ({ type: "creating", resource }));
const made = { ...deployment, id: "slm/chat", outputs: inputs, initErrors: ["not seen to its end"] };
const other = { urn: urn("other"), id: "slm/other" };

describe("what an interrupted run may have made", () => {
  it("is each object that it had begun to create, as kubectl names it, and as it says whose it is", () => {
    const pending_operations = [
      ...creating(deployment, namespace),
      { type: "updating", resource: { ...deployment, urn: urn("updated") } },
      { type: "creating", resource: { urn: "urn:pulumi:mine::slm::azure-native:x:Y::z", type: "azure-native:x:Y" } },
      { type: "creating" },
    ];
    expect(pendingObjects({ pending_operations })).toEqual([
      object,
      { urn: urn("namespace"), kind: "Namespace.v1.", name: "slm", namespace: undefined, owner: undefined, provider: "cluster::1" },
    ]);
    expect(pendingObjects({})).toEqual([]);
  });
});

describe("an object that is taken up", () => {
  it("comes last, not known to be ready, before what is about to be deleted; nothing else stays pending", () => {
    const leaving = { urn: urn("gone"), delete: true };
    const pending_operations = [...creating(namespace, deployment), { type: "deleting", resource: other }];
    expect(adopted({ resources: [other, leaving], pending_operations }, [object])).toEqual({
      resources: [other, made, leaving],
      pending_operations: [],
    });
  });

  it("of the whole cluster has its name for an id", () => {
    const [pending] = pendingObjects({ pending_operations: creating(namespace) });
    expect(adopted({ pending_operations: creating(namespace) }, [pending!]).resources).toMatchObject([
      { urn: urn("namespace"), id: "slm" },
    ]);
  });

  it("takes the place of the one that it replaces, which is deleted when the update ends", () => {
    const old = { ...deployment, id: "slm/chat-old" };
    expect(adopted({ resources: [old, other], pending_operations: creating(deployment) }, [object]).resources).toEqual([
      made,
      other,
      { ...old, delete: true },
    ]);
  });

  it("takes the place of the one that was deleted before it", () => {
    const old = { ...deployment, id: "slm/chat", pendingReplacement: true };
    expect(adopted({ resources: [old, other], pending_operations: creating(deployment) }, [object]).resources).toEqual([made, other]);
  });

  it("leaves what an earlier update has still to delete", () => {
    const old = { ...deployment, id: "slm/chat-older", delete: true };
    expect(adopted({ resources: [old], pending_operations: creating(deployment) }, [object]).resources).toEqual([made, old]);
  });
});
