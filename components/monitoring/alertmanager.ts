import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { alertmanagerConfig, secretFolder } from "../../lib/monitoring/alertmanager-config";
import { secretsOf } from "../../lib/monitoring/receivers";
import { claimed, externalUrlFlags, files, guard, nameOf, type Part, podSpec, service, statefulSet, volumeClaim } from "./part";
import type { StandaloneSettings } from "./settings";

export const alertmanagerPart = (owner: string, namespace: pulumi.Input<string>): Part => ({
  owner,
  role: "alertmanager",
  namespace,
  port: 9093,
});

/** Memory of Alertmanager, in MiB: it holds only the alerts and silences that there are. */
const memoryMib = 64;
const configFolder = "/etc/alertmanager/config";

/** Alertmanager, which keeps silences and what it has sent on a small volume. Its receivers' secrets are mounted, never copied. */
export function addAlertmanager(self: pulumi.Resource, part: Part, settings: StandaloneSettings): k8s.core.v1.Service {
  const data = { "alertmanager.json": JSON.stringify(alertmanagerConfig(settings.receivers, settings.routes)) };
  const config = files(self, part, "config", data);
  const policy = guard(self, part);
  const volume = volumeClaim(self, part, "state", 1);
  const workload = statefulSet(self, part, { spec: pod(part, settings), data }, [config, policy, volume]);
  return service(self, part, workload);
}

function pod(part: Part, { images, receivers, externalUrls }: StandaloneSettings): k8s.types.input.core.v1.PodSpec {
  const secrets = secretsOf(receivers);
  const memory = `${memoryMib}Mi`;
  return podSpec(
    part,
    {
      image: images.alertmanager,
      readyPath: "/-/ready",
      args: [
        `--config.file=${configFolder}/alertmanager.json`,
        "--storage.path=/alertmanager",
        "--cluster.listen-address=",
        ...externalUrlFlags(externalUrls.alertmanager),
      ],
      resources: { requests: { cpu: "0.05", memory }, limits: { memory } },
      volumeMounts: [
        { name: "config", mountPath: configFolder, readOnly: true },
        { name: "state", mountPath: "/alertmanager" },
        ...secrets.map((secret) => ({ name: `secret-${secret}`, mountPath: `${secretFolder}/${secret}`, readOnly: true })),
      ],
    },
    {
      volumes: [
        { name: "config", configMap: { name: `${nameOf(part)}-config` } },
        // The namespace is made with everything in it: a secret can only come later, and is then mounted within two minutes.
        ...secrets.map((secret) => ({ name: `secret-${secret}`, secret: { secretName: secret, optional: true } })),
        claimed(part, "state"),
      ],
    },
  );
}
