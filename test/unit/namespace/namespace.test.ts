import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ModelNamespace } from "../../../components/namespace/model-namespace";
import { openPaths } from "../../../components/namespace/paths";
import { messageOf } from "../../support/errors";
import { dependenciesOf, mockPulumi, only, registered, registeredOutputs, reset, settled } from "../../support/mocks";
import { everyResource, resourcesIn } from "../../support/resources";

beforeAll(mockPulumi);
beforeEach(reset);

const clients = [{ namespace: "app" }, { cidr: "10.1.0.0/16" }];
const collector = { namespace: "monitoring", labels: { app: "collector" }, port: 4317 };
const weights = [
  { cidr: "0.0.0.0/0", ports: [443] },
  { cidr: "192.0.2.0/24", ports: [80, 8080] },
  { name: "huggingface.co", ports: [443] },
  { name: "*.hf.co", ports: [443, 8443] },
];

/** What each fixture in test/fixtures/namespace describes: every resource, and nothing else. */
const programs: Record<string, () => ModelNamespace> = {
  closed: () => new ModelNamespace("namespace", { namespace: "slm", maxPods: 12, weights: [] }),
  open: () => new ModelNamespace("namespace", { namespace: "slm", maxPods: 12, clients, weights, collector }),
  cilium: () => new ModelNamespace("namespace", { namespace: "slm", maxPods: 12, clients, weights, collector, dataPlane: "cilium" }),
};

describe("ModelNamespace", () => {
  it("is named like its component, opens downloads by HTTPS anywhere but to the metadata service, and holds 32 pods, unless set otherwise", async () => {
    expect(await settled(new ModelNamespace("models").namespaceName)).toBe("models");
    expect(only("kubernetes:core/v1:ResourceQuota").inputs["spec"].hard.pods).toBe("32");
    expect(registered.find(({ name }) => name === "models-download-weights")!.inputs["spec"].egress).toEqual([
      { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ port: 443, protocol: "TCP" }] },
    ]);
  });

  it.each(["kubernetes", "cilium"] as const)(
    "takes names that are known only later, its own and those of clients, with %s",
    async (dataPlane) => {
      const later = [{ namespace: pulumi.output("app") }];
      expect(await settled(new ModelNamespace("x", { namespace: pulumi.output("slm"), clients: later, dataPlane }).namespaceName)).toBe(
        "slm",
      );
      const { spec } = registered.find(({ name }) => name === "x-servers-answer")!.inputs as { spec: object };
      reset();
      await settled(new ModelNamespace("x", { namespace: "slm", clients: [{ namespace: "app" }], dataPlane }).namespaceName);
      expect(spec).toEqual(registered.find(({ name }) => name === "x-servers-answer")!.inputs["spec"]);
    },
  );

  it.each(Object.keys(programs))("that is %s makes what its fixture lists, and nothing else", async (fixture) => {
    programs[fixture]!();
    expect(await everyResource()).toEqual(resourcesIn(`namespace/${fixture}.yaml`));
  });

  it.each([
    ["closed", ["deny-all", "dns", "servers-answer", "verifier-asks"]],
    ["open", ["deny-all", "dns", "servers-answer", "spans-go", "verifier-asks", "download-weights"]],
    ["cilium", ["deny-all", "dns", "servers-answer", "spans-go", "verifier-asks", "download-weights", "download-weights-by-name"]],
  ])("that is %s has its bounds and each of its policies before the first pod", async (fixture, paths) => {
    const { namespaceName } = programs[fixture]!();
    expect(await settled(namespaceName)).toBe("slm");
    await settled(new k8s.core.v1.Pod("pod", { metadata: { namespace: namespaceName }, spec: { containers: [] } }).urn);
    const guards = [...paths, "limits", "quota"].toSorted().map((path) => `namespace-${path}`);
    expect(dependenciesOf("pod")).toEqual(guards);
  });

  const label = "must be a DNS label: 1 to 53 of a-z, 0-9 and -, starting with a letter";
  it.each(["Slm", "", "a".repeat(54)])("refuses the name %j", (namespace) => {
    expect(messageOf(() => new ModelNamespace("namespace", { namespace, maxPods: 1 }))).toBe(`namespace: ${label}, got "${namespace}"`);
  });
});

describe("allow rules", () => {
  const only = ["deny-all", "dns", "verifier-asks", "servers-answer"];

  it.each<[string, Parameters<typeof openPaths>, string[]]>([
    ["nothing is named", [[], []], only],
    ["clients are named: they come by the path of the verifier", [clients, []], only],
    ["hosts are named, which this kind of policy cannot tell", [[], [{ name: "huggingface.co", ports: [443] }]], only],
    ["an address range is named", [[], [{ cidr: "0.0.0.0/0", ports: [443] }]], [...only, "download-weights"]],
    ["a collector is named", [[], [], collector], [...only, "spans-go"]],
  ])("are these where %s", (_what, given, paths) => expect(Object.keys(openPaths(...given))).toEqual(paths));

  const metadata = { except: ["169.254.0.0/16"] };
  it.each([
    ["0.0.0.0/0", metadata],
    ["128.0.0.0/1", metadata],
    ["169.252.0.0/14", metadata],
    ["169.254.0.0/16", {}],
    ["169.254.10.0/24", {}],
    ["170.0.0.0/8", {}],
    ["10.0.0.0/8", {}],
  ])("to %s leave out the cloud's metadata service where they are wider than its range", (cidr, except) => {
    expect(openPaths([], [{ cidr, ports: [443] }])["download-weights"]!.egress).toEqual([
      { to: [{ ipBlock: { cidr, ...except } }], ports: [{ port: 443, protocol: "TCP" }] },
    ]);
  });
});

it("a namespace shows its name", async () => {
  programs["closed"]!();
  expect(await registeredOutputs("namespace")).toEqual({ namespaceName: "slm" });
});
