import { beforeAll, expect, it } from "vitest";

import type { SecretMount } from "../../../components/secrets/secret-store";
import { mockPulumi } from "../../support/mocks";
import { byName, image, made, whole } from "../../support/monitored";

beforeAll(mockPulumi);

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
