import { setTimeout as sleep } from "node:timers/promises";

import * as k8s from "@pulumi/kubernetes";
import { afterAll, beforeAll, expect, it } from "vitest";
import { restrictedContainer, restrictedPod } from "../../components/kubernetes/pod-security";
import { KubernetesSecretStore } from "../../components/secrets/kubernetes-secret-store";
import { apply, digests, kubectl } from "../support/lab";
import { mockPulumi, registered } from "../support/mocks";

const namespace = "rotation-test";
const inPod = (command: string) => kubectl("exec", "--namespace", namespace, "reader", "--", "/bin/sh", "-c", command);

beforeAll(async () => {
  await mockPulumi();
  const store = new KubernetesSecretStore("secrets", { values: { token: "old" }, provider: new k8s.Provider("k8s", { kubeconfig: "x" }) });
  const { volumes, volumeMounts, env, file } = store.grant({ name: "reader", namespace }, ["token"]);
  expect(file("token")).toBe("/mnt/secrets/token");
  await kubectl("delete", "namespace", namespace, "--ignore-not-found"); // what a failed run of this test left
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  const made = registered.filter(({ type }) => /:(Secret|ServiceAccount)$/.test(type));
  expect(made).toHaveLength(2);
  await apply(...made.map(({ type, inputs }) => ({ apiVersion: "v1", kind: type.split(":").at(-1), ...plain(inputs) })));
  const variables = [{ name: "TOKEN", valueFrom: env("token") }];
  const container = {
    ...restrictedContainer,
    name: "reader",
    image: digests()["python"],
    command: ["sleep", "3600"],
    env: variables,
    volumeMounts,
  };
  const spec = { ...restrictedPod, serviceAccountName: "reader", terminationGracePeriodSeconds: 0, containers: [container], volumes };
  await apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "reader", namespace }, spec });
  await kubectl("wait", "pod/reader", "--namespace", namespace, "--for=condition=Ready", "--timeout=120s");
});
afterAll(async () => void (await kubectl("delete", "namespace", namespace, "--ignore-not-found")));

/** Inputs without the engine's mark of what is secret. */
const plain = (inputs: object): object =>
  JSON.parse(JSON.stringify(inputs), (_, value) =>
    value && typeof value === "object" && "4dabf18193072939515e22adb298388d" in value ? value.value : value,
  );

it("a secret that is rotated reaches its file without a restart; a variable keeps what the container started with", async () => {
  expect(await inPod('echo "$(cat /mnt/secrets/token) $TOKEN"')).toBe("old old");
  await kubectl("patch", "secret", "reader-token", "--namespace", namespace, "--patch", JSON.stringify({ stringData: { value: "new" } }));
  // The kubelet looks at a pod's volumes about once a minute, and at once when the pod changes.
  await kubectl("annotate", "pod", "reader", "--namespace", namespace, "look=again");
  for (let tries = 0; tries < 180 && (await inPod("cat /mnt/secrets/token")) === "old"; tries++) await sleep(1000);
  expect(await inPod('echo "$(cat /mnt/secrets/token) $TOKEN"')).toBe("new old");
  const restarts = "jsonpath={.status.containerStatuses[0].restartCount}";
  expect(await kubectl("get", "pod", "reader", "--namespace", namespace, `--output=${restarts}`)).toBe("0");
});
