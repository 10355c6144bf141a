import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, it } from "vitest";

import { ModelEndpoint } from "../../../components/serving/model-endpoint";
import { mockPulumi, reset, settled } from "../../support/mocks";
import { digest } from "../../support/serving";

/** Status of the verifier's pod. */
let status: object;

beforeAll(async () => {
  await mockPulumi();
  const monitor = pulumi.runtime.getMonitor() as unknown as { mocks: pulumi.runtime.Mocks };
  const { newResource, call } = monitor.mocks;
  const withStatus: typeof newResource = (args) => {
    const made = newResource(args) as pulumi.runtime.MockResourceResult;
    return args.type.endsWith(":Pod") ? { ...made, state: { ...made.state, status } } : made;
  };
  monitor.mocks = { newResource: withStatus, call };
});
beforeEach(reset);

const measured = (): Promise<unknown> => {
  const deployment = new k8s.apps.v1.Deployment("server", { spec: { selector: { matchLabels: { app: "x" } }, template: {} } });
  const server = { deployment, engine: "vllm", servedNames: ["chat"], onGpu: false, serves: true } as const;
  return settled(new ModelEndpoint("chat", { server, namespace: "slm", verifierImage: `python@${digest}` }).measured);
};
const inState = (state: object): object => ({ containerStatuses: [{ state }] });

it.each([{}, { containerStatuses: [] }, { containerStatuses: [{}] }, inState({}), inState({ running: {} }), inState({ terminated: {} })])(
  "nothing is measured while the verifier's pod shows %j",
  async (shown) => {
    status = shown;
    expect(await measured()).toEqual({});
  },
);

it("what the verifier ended with is what was measured", async () => {
  const chat = { ttftSeconds: 0.5, tokensPerSecond: 20 };
  status = inState({ terminated: { message: JSON.stringify({ chat }) } });
  expect(await measured()).toEqual({ chat });
});
