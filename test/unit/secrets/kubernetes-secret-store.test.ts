import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, expect, it } from "vitest";

import { KubernetesSecretStore } from "../../../components/secrets/kubernetes-secret-store";
import { mockPulumi, registered, reset, secretInputsOf } from "../../support/mocks";
import { quieted } from "../../support/monitored";

beforeAll(mockPulumi);
beforeEach(reset);

const store = () =>
  new KubernetesSecretStore("store", { values: { hf: "hf_x", other: "y" }, provider: new k8s.Provider("k8s", { kubeconfig: "x" }) });
const workload = { name: "chat", namespace: "slm" };

it("a value is a secret of the state, and only in the Secret of a workload that names it", async () => {
  store().grant(workload, ["hf"]);
  await quieted();
  const secrets = registered.filter(({ type }) => type === "kubernetes:core/v1:Secret").map(({ name }) => name);
  expect(secrets).toEqual(["store-chat-hf"]);
  expect(secretInputsOf("store-chat-hf")).toEqual(["stringData"]);
});

it("a secret that is not kept is refused under the store's name, without a stack trace", () => {
  const refused = (): pulumi.ResourceError => {
    try {
      store().grant(workload, ["nobody"]);
    } catch (error) {
      return error as pulumi.ResourceError;
    }
    throw new Error("it was granted");
  };
  expect(refused()).toMatchObject({
    message: 'secrets: must be kept in the store (hf, other), got ["nobody"]',
    hideStack: true,
  });
});
