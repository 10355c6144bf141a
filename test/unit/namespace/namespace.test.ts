import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ModelNamespace } from "../../../components/namespace/model-namespace";
import { openPaths } from "../../../components/namespace/paths";
import { messageOf } from "../../support/errors";
import { mockPulumi, only, registered, reset, settled } from "../../support/mocks";

beforeAll(mockPulumi);
beforeEach(reset);

describe("ModelNamespace", () => {
  it("is a namespace, its bounds and its policies, and nothing else", async () => {
    await settled(new ModelNamespace("namespace", { namespace: "slm", maxPods: 12 }).namespaceName);
    expect(registered.map(({ type, name }) => [type, name]).sort()).toEqual(
      [
        ["slm:namespace:ModelNamespace", "namespace"],
        ["kubernetes:core/v1:Namespace", "namespace"],
        ["kubernetes:core/v1:ResourceQuota", "namespace-quota"],
        ["kubernetes:core/v1:LimitRange", "namespace-limits"],
        ...["deny-all", "dns", "verifier-asks", "servers-answer"].map((path) => [
          "kubernetes:networking.k8s.io/v1:NetworkPolicy",
          `namespace-${path}`,
        ]),
      ].sort(),
    );
  });

  it("enforces the restricted level, bounds pods, and offers no way in from outside", async () => {
    expect(await settled(new ModelNamespace("namespace", { namespace: "slm", maxPods: 12 }).namespaceName)).toBe("slm");
    expect(only("kubernetes:core/v1:Namespace").inputs["metadata"].labels).toEqual({
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    });
    expect(only("kubernetes:core/v1:ResourceQuota").inputs["spec"].hard).toEqual({
      pods: "12",
      "services.loadbalancers": "0",
      "services.nodeports": "0",
    });
  });

  it("refuses a name that is no DNS label", () => {
    expect(messageOf(() => new ModelNamespace("namespace", { namespace: "Slm", maxPods: 1 }))).toBe(
      'namespace: must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter, got "Slm"',
    );
  });
});

describe("open paths", () => {
  it("lead to servers from the verifier and from who is named, and from nobody else", () => {
    const { ingress } = openPaths([{ namespace: "app" }, { cidr: "10.1.0.0/16" }], [])["servers-answer"]! as {
      ingress: { from: object[] }[];
    };
    expect(ingress).toEqual([
      {
        from: [
          { podSelector: { matchLabels: { "slm-stack/role": "verifier" } } },
          { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "app" } } },
          { ipBlock: { cidr: "10.1.0.0/16" } },
        ],
        ports: [{ port: "http", protocol: "TCP" }],
      },
    ]);
  });

  it("lead out for pods that bring weights only, and never to the cloud's metadata service", () => {
    expect(openPaths([], [])).not.toHaveProperty("weights-come");
    expect(openPaths([], [{ cidr: "0.0.0.0/0", ports: [443] }])["weights-come"]).toEqual({
      podSelector: { matchLabels: { "slm-stack/weights": "brought" } },
      policyTypes: ["Egress"],
      egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ port: 443, protocol: "TCP" }] }],
    });
  });
});
