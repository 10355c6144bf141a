import { beforeAll, beforeEach, expect, it } from "vitest";

import type { SecretMount } from "../../../components/secrets/secret-store";
import { models } from "../../support/fleet";
import { mockPulumi, reset } from "../../support/mocks";
import { byName, image, made, whole } from "../../support/monitored";

beforeAll(mockPulumi);
beforeEach(reset);

it("Grafana's pods bear all that a store of secrets asks of those who read it", async () => {
  const label = { "azure.workload.identity/use": "true" };
  const volume = { name: "secrets", csi: { driver: "secrets-store.csi.k8s.io", readOnly: true } };
  const volumeMount = { name: "secrets", mountPath: "/mnt/secrets", readOnly: true };
  const mount: SecretMount = {
    serviceAccountName: "grafana-reader",
    podLabels: label,
    volumes: [volume],
    volumeMounts: [volumeMount],
    file: (secret) => `/mnt/secrets/${secret}`,
    env: () => ({}),
    ready: [],
  };
  await made({ ...whole, grafana: { image: image("grafana"), adminPassword: { mount, name: "grafana-admin" } } });
  const { metadata, spec } = byName("watch-grafana-server")["spec"].template;
  expect(metadata.labels).toMatchObject(label);
  expect(spec.serviceAccountName).toBe("grafana-reader");
  expect(spec.volumes).toContainEqual(volume);
  expect(spec.containers[0].volumeMounts).toContainEqual(volumeMount);
});

it.each([
  ["a dashboard", { fleet: { namespace: "slm", models: [models.chat] } }],
  ["the address of Prometheus", { namespace: "elsewhere" }],
])("Grafana starts anew when %s changes", async (_what, change) => {
  const annotations = () => byName("watch-grafana-server")["spec"].template.metadata.annotations;
  await made(whole);
  const before = annotations();
  reset();
  await made(whole);
  expect(annotations()).toEqual(before);
  reset();
  await made({ ...whole, ...change });
  expect(Object.keys(annotations())).toEqual(Object.keys(before));
  expect(annotations()).not.toEqual(before);
});
