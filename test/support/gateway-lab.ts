import { readdirSync } from "node:fs";
import path from "node:path";

import execa from "execa";

import { built } from "../../lab/built";
import { files } from "../../lab/layout";
import { build } from "../../tools/build/recipe";
import { envoyGateway } from "../../tools/build/recipes";
import { digests } from "./lab";

/** The kinds are the whole cluster's, and no part of a stack. */
export async function installKinds(): Promise<void> {
  const [folder] = await build([envoyGateway]);
  const crds = path.join(folder!, "crds");
  const all = readdirSync(crds, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"));
  const command = path.join((await built()).kubernetes, "kubectl");
  for (const file of all)
    await execa(command, ["--kubeconfig", files.kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", path.join(crds, file)]);
}

/** A restricted pod in the gateway's own namespace: only Envoy's pods of it may ask a model. */
export const askingPod = (namespace: string): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "asking", namespace },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        ...{ name: "asking", image: digests()["python"], command: ["python3", "-m", "http.server", "8000", "--directory", "/tmp"] },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});
