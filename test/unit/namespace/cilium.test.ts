import { describe, expect, it } from "vitest";

import { ciliumSpec } from "../../../components/namespace/cilium";
import { openPaths } from "../../../components/namespace/paths";
import { ciliumPaths } from "../../../components/namespace/policies";

const server = { matchLabels: { "slm-stack/role": "server" } };
const dnsPod = { matchLabels: { "k8s:io.kubernetes.pod.namespace": "kube-system", "k8s-app": "kube-dns" } };
const tcp443 = [{ ports: [{ port: "443", protocol: "TCP" }] }];

describe("the same paths for Cilium", () => {
  const paths = openPaths([{ namespace: "app" }, { cidr: "10.1.0.0/16" }], [{ cidr: "0.0.0.0/0", ports: [443] }]);
  const of = (path: string) => ciliumSpec(paths[path]!);

  it("refuse everything by a rule that names nobody", () => {
    expect(of("deny-all")).toEqual({
      endpointSelector: { matchLabels: {} },
      enableDefaultDeny: { ingress: true, egress: true },
      ingress: [{}],
      egress: [{}],
    });
  });

  it("tell pods and address ranges in rules of their own", () => {
    const ports = [{ ports: [{ port: "http", protocol: "TCP" }] }];
    expect(of("servers-answer")).toEqual({
      endpointSelector: server,
      enableDefaultDeny: { ingress: true, egress: false },
      ingress: [
        {
          fromEndpoints: [{ matchLabels: { "slm-stack/role": "verifier" } }, { matchLabels: { "k8s:io.kubernetes.pod.namespace": "app" } }],
          toPorts: ports,
        },
        { fromCIDRSet: [{ cidr: "10.1.0.0/16" }], toPorts: ports },
      ],
    });
  });

  it("never lead to the cloud's metadata service", () => {
    expect(of("download-weights").egress).toEqual([{ toCIDRSet: [{ cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] }], toPorts: tcp443 }]);
  });

  it("are as many, and select the same pods", () => {
    const all = ciliumPaths([], [{ cidr: "0.0.0.0/0", ports: [443] }]);
    const plain = openPaths([], [{ cidr: "0.0.0.0/0", ports: [443] }]);
    expect(Object.keys(all)).toEqual(Object.keys(plain));
    for (const [path, spec] of Object.entries(plain))
      expect(all[path]!.endpointSelector.matchLabels, path).toEqual((spec.podSelector as { matchLabels?: object }).matchLabels ?? {});
  });
});

describe("names", () => {
  const paths = ciliumPaths(
    [],
    [
      { name: "huggingface.co", ports: [443] },
      { name: "*.hf.co", ports: [443] },
    ],
  );

  it("are reached by pods that download weights, and no address beside them", () => {
    expect(paths).not.toHaveProperty("download-weights");
    expect(paths["download-weights-by-name"]).toEqual({
      endpointSelector: { matchLabels: { "slm-stack/download": "weights" } },
      enableDefaultDeny: { ingress: false, egress: true },
      egress: [
        { toFQDNs: [{ matchName: "huggingface.co" }], toPorts: tcp443 },
        // Cilium's * is one label: cas-server.xethub.hf.co has two, us.aws.cdn.hf.co three
        { toFQDNs: [{ matchPattern: "*.hf.co" }, { matchPattern: "*.*.hf.co" }, { matchPattern: "*.*.*.hf.co" }], toPorts: tcp443 },
      ],
    });
  });

  it("are seen when they are looked up", () => {
    const ports = [53, 53, 5353, 5353].map((port, index) => ({ port: String(port), protocol: index % 2 === 0 ? "UDP" : "TCP" }));
    expect(paths["dns"]!.egress).toEqual([{ toEndpoints: [dnsPod], toPorts: [{ ports, rules: { dns: [{ matchPattern: "*" }] } }] }]);
  });
});
